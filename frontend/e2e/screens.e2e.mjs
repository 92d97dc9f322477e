import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { handOver, openStudy } from "./helpers.mjs";
import { runScript } from "./server.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = [[1366, 768], [1920, 1080], [2160, 3840]];
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function faultsOf(page, screen) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((runOnly) => window.axe.run({ runOnly, rules: { "page-has-heading-one": { enabled: true } } }), rules);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${screen}: ${id}: ${html.slice(0, 160)}`));
}

/** What is wider than the window, or covers something that can be pressed. */
const spillsOf = (page, screen) =>
  page.evaluate((screen) => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    const faults = scrollWidth > innerWidth ? [`${screen}: ${scrollWidth} px wide in a window of ${innerWidth}`] : [];
    if (document.querySelector(".reading") && scrollHeight > innerHeight) faults.push(`${screen}: the reading screen scrolls`);
    for (const button of document.querySelectorAll("header button, .foot button")) {
      const { left, right, top, bottom, width } = button.getBoundingClientRect();
      const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      const isScrolledAway = button.closest("[role=toolbar]") !== null && (over === null || !button.contains(over));
      if (width > 0 && !isScrolledAway && !(over && button.contains(over))) faults.push(`${screen}: “${button.textContent || button.ariaLabel}” is covered`);
    }
    return faults;
  }, screen);

export default {
  "every screen fits, and is accessible, on a laptop, a desk and a tall display": async ({ page, server }) => {
    const { lungs, pairs, tissue } = server.scene.studies;
    const faults = [];
    const look = async (screen) => {
      const { width } = page.viewportSize();
      faults.push(...(await spillsOf(page, `${screen} at ${width}`)), ...(await faultsOf(page, `${screen} at ${width}`)));
    };
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      await page.goto(server.url);
      await page.getByRole("button", { name: "Help" }).first().click();
      await page.getByText("Scroll through the").waitFor();
      await look("my studies");
      for (const slug of [lungs, pairs, tissue]) {
        await openStudy(page, server.url, `${slug}?case=1`);
        await look(slug);
      }
      await page.keyboard.press("?");
      await page.getByRole("dialog").getByText("Next slice", { exact: true }).waitFor();
      await page.waitForTimeout(400);
      faults.push(...(await faultsOf(page, `help at ${width}`)));
      await page.keyboard.press("Escape");
    }
    await page.setViewportSize({ width: sizes[0][0], height: sizes[0][1] });
    await page.goto(`${server.url}/settings`);
    await page.getByRole("heading").first().waitFor();
    await look("settings");
    assert.deepEqual(faults, []);
  },

  "the picture is the slice in its window, as another program computes it": async ({ page, server }) => {
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=2`);
    await page.keyboard.press("H");
    const { box } = await handOver(page);
    await page.waitForTimeout(500);
    const corner = await page.locator("[data-viewport=main]").innerText();
    const [, center, width] = /C (-?[\d.]+) W ([\d.]+)/.exec(corner).map(Number);
    const number = Number(/(\d+) \/ \d+/.exec(corner)[1]) - 1;
    const side = Math.min(box.width, box.height) / 2 - 20;
    const spots = Array.from({ length: 400 }, (_, index) => {
      const [turn, far] = [index * 2.399963, side * Math.sqrt((index + 0.5) / 400)];
      return [Math.round(box.width / 2 + far * Math.cos(turn)) + 0.5, Math.round(box.height / 2 + far * Math.sin(turn)) + 0.5];
    });
    const expected = runScript("picture.py", JSON.stringify({ files: server.scene.series, viewport: [box.width, box.height], number, window: [center, width], spots }));
    const found = await page.evaluate((spots) => {
      const canvas = document.querySelector("[data-viewport=main] canvas");
      const context = canvas.getContext("2d");
      return spots.map(([x, y]) => context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data[0]);
    }, spots);
    const apart = found.map((grey, index) => Math.abs(grey - expected[index])).sort((a, b) => a - b);
    const mean = apart.reduce((sum, each) => sum + each, 0) / apart.length;
    console.log(`      greys apart: mean ${mean.toFixed(2)}, 95 % within ${apart[Math.floor(0.95 * apart.length)].toFixed(1)}`);
    assert.ok(mean < 2, `greys are ${mean} apart on average`);
    assert.ok(new Set(found).size > 60, "the picture has many greys");
  },

  "nothing complains, and the door is accessible": async ({ page, context, server, complaints }) => {
    assert.deepEqual(complaints, []);
    await context.clearCookies();
    await page.goto(server.url);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    assert.deepEqual([...(await faultsOf(page, "sign-in")), ...(await spillsOf(page, "sign-in"))], []);
  },
};
