import assert from "node:assert/strict";

import { signIn } from "./browser.mjs";
import { answersOf, arrived, card, followPixels, handOver, openStudy, saved, tool, until } from "./helpers.mjs";

const comment = (page) => card(page, "Comment").getByRole("textbox");
const state = (page, name) => page.locator(`[role=status][data-state=${name}]`).waitFor({ timeout: 20_000 });
const stored = async (server) => (await answersOf(server, server.scene.studies.lungs, server.scene.cases.lungs_two))["Comment"]?.answer;

export default {
  "two tabs do not fight: one writes, the other looks on and may take over": async ({ page, context, server, complaints }) => {
    // Both may have made the answer at one moment: the second is told so, and changes it.
    complaints.forgive(/status of 400.*\/answers\//);
    const { lungs } = server.scene.studies;
    await openStudy(page, server.url, `${lungs}?case=2`);
    await comment(page).fill("of the first tab");
    const second = await context.newPage();
    await openStudy(second, server.url, `${lungs}?case=2`);
    await second.getByText("This study is open in another tab", { exact: true }).waitFor();
    assert.ok(await comment(second).isDisabled());
    await second.getByRole("button", { name: "Read here instead" }).click();
    await until(async () => (await comment(second).inputValue()) === "of the first tab");
    await comment(second).fill("of the second tab");
    await page.getByText("This study is open in another tab", { exact: true }).waitFor();
    assert.ok(await comment(page).isDisabled());
    await saved(second);
    assert.equal(await stored(server), "of the second tab");
    await second.close();
    await until(async () => (await comment(page).isEnabled()) && (await comment(page).inputValue()) === "of the second tab");
    await comment(page).fill("of the first tab again");
    await saved(page);
    assert.equal(await stored(server), "of the first tab again");
  },

  "without a network reading goes on, also to the next case, and all is sent later": async ({ page, context, server, complaints }) => {
    complaints.forgive(/ERR_INTERNET_DISCONNECTED/);
    const { lungs } = server.scene.studies;
    const points = async () => (await answersOf(server, lungs, server.scene.cases.lungs_two))["Draw: Multiple points"]?.answer?.points.length ?? 0;
    const before = await points();
    const fetched = followPixels(page);
    await openStudy(page, server.url, `${lungs}?case=1`);
    await fetched(server, server.scene.cases.lungs_two);
    await context.setOffline(true);
    try {
      await comment(page).fill("written on a train");
      await state(page, "kept");
      await page.getByText("kept here, will be sent · offline").waitFor();
      await page.getByRole("button", { name: "Next case", exact: true }).click();
      await page.locator("h1", { hasText: "case 2 of 2" }).waitFor();
      await arrived(page, "main");
      await comment(page).fill("and in a tunnel");
      await card(page, "Draw: Multiple points").getByRole("button", { name: /^Draw/ }).click();
      await (await handOver(page)).click([[300, 300], [350, 320]]);
      await tool(page, "Window");
      await page.getByRole("button", { name: "Previous case", exact: true }).click();
      await arrived(page, "main");
      assert.equal(await comment(page).inputValue(), "written on a train");
    } finally {
      await context.setOffline(false);
    }
    await saved(page);
    const [first, second] = [await answersOf(server, lungs, server.scene.cases.lungs), await answersOf(server, lungs, server.scene.cases.lungs_two)];
    assert.equal(first["Comment"].answer, "written on a train");
    assert.equal(second["Comment"].answer, "and in a tunnel");
    assert.equal(await points(), before + 2);
  },

  "signed out in the middle of a case: the work waits, and goes out after signing in on the same page": async ({ page, context, server, complaints }) => {
    complaints.forgive(/status of 40[13]/);
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=2`);
    await context.clearCookies();
    await comment(page).fill("after the session ended");
    await state(page, "signed-out");
    await comment(page).fill("after the session ended, and more");
    assert.notEqual(await stored(server), "after the session ended, and more");
    await page.locator("input[name=password]").fill(server.scene.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await saved(page);
    assert.equal(await stored(server), "after the session ended, and more");
  },

  "an edit that was delayed on its way does not undo a later one": async ({ page, server }) => {
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=2`);
    await comment(page).fill("later");
    await saved(page);
    const answers = await answersOf(server, server.scene.studies.lungs, server.scene.cases.lungs_two);
    const { pk } = answers["Comment"];
    const late = await page.evaluate(
      async ([pk, then]) => {
        const token = /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
        const reply = await fetch(`/api/v1/reader-studies/answers/${pk}/`, { method: "PATCH", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify({ answer: "earlier", sequence: then }) });
        return reply.status;
      },
      [pk, Date.now() - 3_600_000],
    );
    assert.equal(late, 200);
    assert.equal(await stored(server), "later");
  },

  "a new answer whose acknowledgement is lost is there once, and nothing is said to be wrong": async ({ page, server, complaints }) => {
    complaints.forgive(/ERR_FAILED|status of 400/);
    await openStudy(page, server.url, server.scene.studies.odd);
    const asked = [];
    await page.route(/reader-studies\/answers\/$/, async (route) => {
      asked.push(route.request().method());
      if (asked.length > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.locator("body").press("2");
    await until(() => asked.length > 1);
    await saved(page);
    await page.unroute(/reader-studies\/answers\/$/);
    const { count } = await server.json(`reader-studies/answers/?question__reader_study=${server.scene.pks.odd}`);
    assert.equal(count, 1);
    assert.equal(await page.locator(".complaint").count(), 0);
  },

  "edits whose acknowledgements are lost count the reader's time once, with a clock that is ahead too": async ({ page, server, complaints }) => {
    complaints.forgive(/ERR_FAILED/);
    const seconds = (text) => text.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
    const total = async () => seconds((await answersOf(server, server.scene.studies.lungs, server.scene.cases.lungs_two))["Comment"].total_edit_duration);
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=2`);
    await comment(page).fill("before");
    await saved(page);
    const before = await total();
    const told = [];
    await page.route(/reader-studies\/answers\/.+/, async (route) => {
      const request = route.request();
      if (request.method() !== "PATCH") return route.continue();
      const body = { ...request.postDataJSON() };
      body.sequence += 3_600_000;
      told.push(body);
      const response = await route.fetch({ postData: JSON.stringify(body) });
      assert.equal(response.status(), 200);
      return told.length === 3 ? route.fulfill({ response }) : route.abort();
    });
    await page.waitForTimeout(5_500);
    await comment(page).press("a");
    await until(() => told.length === 3, 30_000);
    await saved(page);
    await page.unroute(/reader-studies\/answers\/.+/);
    const counted = told.map((body) => seconds(body.reading_session_duration));
    const passed = counted[2] - counted[0] + seconds(told[0].last_edit_duration);
    const sent = told.reduce((sum, body) => sum + seconds(body.last_edit_duration), 0);
    assert.ok(sent > passed, `${sent} s were sent, ${passed} s passed`);
    assert.ok(Math.abs((await total()) - before - passed) < 0.001, `${await total()} s after ${before} s: ${counted}`);
  },

  "a link to pixels that has expired is signed anew, once, and the case opens": async ({ page, server, complaints }) => {
    complaints.forgive(/status of 403.*\.rrpack/);
    const replies = [];
    page.on("response", (reply) => reply.url().includes(".rrpack") && replies.push(reply.status()));
    const asked = [];
    await page.route(/\.rrpack/, (route) => {
      const url = route.request().url();
      asked.push(url);
      return asked.length === 1 ? route.continue({ url: url.replace(/\/read\/\d+\//, "/read/1000000000/") }) : route.continue();
    });
    await openStudy(page, server.url, `${server.scene.studies.review}?case=1`);
    assert.equal(replies[0], 403);
    assert.ok(replies.length > 1 && replies.slice(1).every((status) => status === 200 || status === 206), `refused once, then served: ${replies.join(" ")}`);
    await page.unroute(/\.rrpack/);
  },

  "an image that cannot be had says so and leaves the questions alone": async ({ page, server, complaints }) => {
    complaints.forgive(/status of 404/);
    await page.route(/\.rrpack|\/source\//, (route) => route.fulfill({ status: 404, body: "{}" }));
    await page.goto(`${server.url}/read/${server.scene.studies.lungs}?case=2`);
    await page.getByText("Nothing of your answers is lost").waitFor();
    await comment(page).fill("without an image");
    await saved(page);
    assert.equal(await stored(server), "without an image");
    await page.unroute(/\.rrpack|\/source\//);
    await page.getByRole("button", { name: "Try again" }).click();
    await arrived(page, "main");
  },

  "work under way survives a server that is killed while it saves": async ({ page, server, complaints }) => {
    complaints.forgive(/ERR_|status of 50\d/);
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=2`);
    await comment(page).fill("before the kill");
    await page.waitForRequest((request) => /\/answers\//.test(request.url()) && ["POST", "PATCH"].includes(request.method()));
    server.kill();
    await comment(page).fill("while it was dead");
    await state(page, "kept");
    await page.reload({ waitUntil: "commit" }).catch(() => undefined);
    await server.start();
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=2`);
    await saved(page);
    assert.equal(await comment(page).inputValue(), "while it was dead");
    assert.equal(await stored(server), "while it was dead");
  },

  "signing out leaves nothing of the person on the page, nor on its way": async ({ page, server }) => {
    let asked = 0;
    let release;
    const end = new Promise((done) => (release = done));
    await page.route("**/display-sets/?*", async (route) => {
      asked += 1;
      await end;
      await route.continue().catch(() => undefined);
    });
    await page.goto(server.url);
    await page.getByRole("button", { name: /^reader/ }).click();
    await until(() => asked > 0);
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    release();
    await page.unrouteAll({ behavior: "wait" });
    assert.equal(await page.getByText("Lung nodules").count(), 0);
    await signIn(page, server.url, "reader", server.scene.password);
  },
};
