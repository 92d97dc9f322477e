import assert from "node:assert/strict";

import { answersOf, card, followPixels, handOver, openStudy, saved, until } from "./helpers.mjs";

const comment = (page) => card(page, "Comment").getByRole("textbox");
const isKept = (page) => page.locator("[role=status][data-state=kept]").waitFor();

export default {
  "ten minutes without a network: what is written, drawn and painted waits, and goes out once": async ({ page, context, server, complaints }) => {
    complaints.forgive(/ERR_INTERNET_DISCONNECTED/);
    const { studies, cases } = server.scene;
    const sent = [];
    page.on("request", (request) => request.method() !== "GET" && /\/answers\//.test(request.url()) && sent.push(request.postDataJSON().question ?? request.url()));
    await page.clock.install();
    const fetched = followPixels(page);
    await openStudy(page, server.url, `${studies.lungs}?case=1`);
    await fetched(server, cases.lungs);
    const before = (await answersOf(server, studies.lungs, cases.lungs))["Draw: Multiple points"]?.answer?.points.length ?? 0;
    await context.setOffline(true);
    try {
      await comment(page).fill("before the tunnel");
      await isKept(page);
      await page.clock.fastForward("04:00");
      const hand = await handOver(page);
      await card(page, "Outline the nodule").getByText("Brush", { exact: true }).click();
      await hand.drag([[300, 250], [360, 250]]);
      await page.clock.fastForward("04:00");
      await card(page, "Draw: Multiple points").getByRole("button", { name: /^Draw/ }).click();
      await hand.click([[420, 300], [460, 320]]);
      await comment(page).fill("in the tunnel");
      await page.clock.fastForward("02:00");
      await isKept(page);
      await page.getByText("kept here, will be sent · offline").waitFor();
      sent.length = 0;
    } finally {
      await context.setOffline(false);
    }
    await saved(page);
    await page.clock.fastForward("01:00");
    await saved(page);
    assert.ok(sent.length >= 2 && new Set(sent).size === sent.length, `each answer goes out once: ${sent.join(" ")}`);
    const answers = await until(async () => {
      const found = await answersOf(server, studies.lungs, cases.lungs);
      return found["Outline the nodule"]?.answer_image && found;
    });
    assert.equal(answers["Comment"].answer, "in the tunnel");
    assert.equal(answers["Draw: Multiple points"].answer.points.length, before + 2);
  },
};
