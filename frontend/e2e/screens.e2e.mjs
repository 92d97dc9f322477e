import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

import { beside } from "./browser.mjs";
import { cornerOf, handOver, openStudy, sliceOf, until } from "./helpers.mjs";
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

const heading = (page) => page.getByRole("heading", { level: 1 }).first().waitFor();
const go = (path, ready = heading) => async (page, server) => {
  await page.goto(server.url + path);
  await ready(page);
};
const read = (key, query = "", ...viewports) => (page, server) => openStudy(page, server.url, `${server.scene.studies[key]}${query}`, ...viewports);

/** Every screen of a reader who is signed in, and how to get there. */
const screens = {
  "my studies": go("/", async (page) => {
    await heading(page);
    await page.getByRole("button", { name: "Help" }).first().click();
    await page.getByText("Scroll through the").waitFor();
  }),
  "before a study": go("/before/review"),
  "no such page": go("/nowhere", (page) => page.getByText("There is no such page").waitFor()),
  "a chest": read("lungs", "?case=1"),
  "two brains": read("pairs", "?case=1", "secondary"),
  "a slide": read("tissue", "?case=1"),
  "all contents": read("contents", "?case=1"),
  "a phantom to paint on": read("paint", "?case=1"),
  proposals: read("review", "?case=1"),
  "odd names": read("odd", "?case=1"),
  help: async (page) => {
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("Next slice", { exact: true }).waitFor();
    await page.waitForTimeout(400);
  },
  "the end": go("/read/done", (page) => page.getByRole("heading", { name: "Thank you" }).waitFor()),
  settings: go("/settings"),
};

/** Every screen of somebody who is not signed in. */
const doors = {
  "sign in": go("/", (page) => page.getByRole("button", { name: "Sign in", exact: true }).waitFor()),
  "forgotten password": go("/forgotten"),
  "new password": go("/new-password?uid=x&token=y"),
  invitation: go("/join?invitation=x", (page) => page.waitForLoadState("networkidle")),
};

async function showIn(page, server, scheme) {
  await page.goto(server.url);
  await page.getByRole("button", { name: /^reader/ }).click();
  const item = page.getByRole("menuitem", { name: new RegExp(`^${scheme} pages`, "i") });
  if (await item.isVisible()) await item.click();
  await page.keyboard.press("Escape");
  await until(() => page.evaluate((scheme) => document.documentElement.dataset.mantineColorScheme === scheme, scheme));
}

const drawings = new URL("baselines/", import.meta.url);
const isDrawingAnew = process.env.E2E_DRAW === "1";

/** Compare the window, made small, with how it looked when somebody last approved of it. */
async function compare(page, name) {
  const file = new URL(`${name}.png`, drawings);
  const shot = (await page.screenshot({ animations: "disabled", caret: "hide" })).toString("base64");
  const known = existsSync(file) ? readFileSync(file).toString("base64") : "";
  const found = await page.evaluate(
    async ([shot, known]) => {
      const [width, height] = [160, 90];
      const small = async (content) => {
        const picture = new Image();
        picture.src = `data:image/png;base64,${content}`;
        await picture.decode();
        const canvas = Object.assign(document.createElement("canvas"), { width, height });
        const context = canvas.getContext("2d");
        context.imageSmoothingQuality = "high";
        context.drawImage(picture, 0, 0, width, height);
        return { canvas, data: context.getImageData(0, 0, width, height).data };
      };
      const now = await small(shot);
      const drawn = now.canvas.toDataURL("image/png").split(",")[1];
      if (!known) return { drawn };
      const before = await small(known);
      const blocks = new Array(16 * 9).fill(0);
      now.data.forEach((value, index) => {
        const [x, y] = [(index >> 2) % width, Math.floor((index >> 2) / width)];
        blocks[Math.floor(x / 10) + 16 * Math.floor(y / 10)] += Math.abs(value - before.data[index]) / 300;
      });
      return { drawn, mean: blocks.reduce((sum, each) => sum + each, 0) / blocks.length, worst: Math.max(...blocks) };
    },
    [shot, known],
  );
  if (isDrawingAnew) {
    mkdirSync(drawings, { recursive: true });
    writeFileSync(file, Buffer.from(found.drawn, "base64"));
    return;
  }
  assert.ok(known, `there is no picture of ${name}: run with E2E_DRAW=1 and look at it`);
  assert.ok(found.mean < 4 && found.worst < 45, `${name} looks different: ${found.mean.toFixed(1)} on average, ${found.worst.toFixed(1)} at worst`);
}

export default {
  "every screen is accessible, dark and light": async ({ page, server, complaints }) => {
    complaints.forgive(/status of 40\d/);
    const faults = [];
    for (const scheme of ["light", "dark"]) {
      await showIn(page, server, scheme);
      for (const [screen, show] of Object.entries(screens)) {
        await show(page, server);
        faults.push(...(await faultsOf(page, `${screen}, ${scheme}`)));
      }
    }
    assert.deepEqual(faults, []);
  },

  "every screen fits a laptop, a desk and a tall display": async ({ page, server, complaints }) => {
    complaints.forgive(/status of 40\d/);
    const faults = [];
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      for (const [screen, show] of Object.entries(screens)) {
        if (screen === "help") continue;
        await show(page, server);
        faults.push(...(await spillsOf(page, `${screen} at ${width}`)));
      }
    }
    await page.setViewportSize({ width: sizes[0][0], height: sizes[0][1] });
    assert.deepEqual(faults, []);
  },

  "what an editor sees, and who may ask to read, is accessible and fits": async ({ page, server }) => {
    const study = await server.send("POST", "reader-studies/", { title: "Squares for all", is_public: true, description: "Who likes squares? ".repeat(20) });
    const faults = [];
    const look = async (at, screen) => faults.push(...(await faultsOf(at, screen)), ...(await spillsOf(at, screen)));
    await page.goto(`${server.url}/before/${study.slug}`);
    await page.getByRole("button", { name: "Ask to read" }).waitFor();
    await look(page, "a public study");
    await page.getByRole("button", { name: "Ask to read" }).click();
    await page.getByRole("status").waitFor();
    await look(page, "asked");
    await server.send("POST", "accounts/invitations/", { email: "a.very.long.name.of.somebody@example.org", study: study.slug, role: "reader", pseudonym: "R1" });
    await beside(server, "editor", async ({ page: desk }) => {
      for (const slug of [study.slug, server.scene.studies.done, server.scene.studies.odd]) {
        await desk.goto(`${server.url}/study/${slug}`);
        await desk.getByRole("heading", { name: "Readers" }).waitFor();
        for (const width of [sizes[0][0], 600]) {
          await desk.setViewportSize({ width, height: sizes[0][1] });
          await look(desk, `${slug} at ${width}`);
        }
      }
    });
    assert.deepEqual(faults, []);
  },

  "the picture is the slice in its window, as another program computes it": async ({ page, server }) => {
    await openStudy(page, server.url, `${server.scene.studies.lungs}?case=2`);
    await page.keyboard.press("H");
    const { box } = await handOver(page);
    await page.waitForTimeout(500);
    const [, center, width] = /C (-?[\d.]+) W ([\d.]+)/.exec(await cornerOf(page)).map(Number);
    const number = await sliceOf(page);
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
    const differences = found.map((grey, index) => Math.abs(grey - expected[index])).sort((a, b) => a - b);
    const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
    console.log(`      greys apart: mean ${mean.toFixed(2)}, 95 % within ${differences[Math.floor(0.95 * differences.length)].toFixed(1)}`);
    assert.ok(mean < 2, `greys are ${mean} apart on average`);
    assert.ok(new Set(found).size > 60, "the picture has many greys");
  },

  "screens look as they did when somebody approved of them": async ({ page, server }) => {
    for (const [name, screen] of [["phantom", "a phantom to paint on"], ["before", "before a study"]]) {
      await screens[screen](page, server);
      await page.mouse.move(2, 400);
      await page.waitForTimeout(400);
      await compare(page, name);
    }
  },

  "the door is accessible, and looks as it did": async ({ page, context, server, complaints }) => {
    complaints.forgive(/status of 40\d/);
    await context.clearCookies();
    const faults = [];
    for (const [screen, show] of Object.entries(doors)) {
      await show(page, server);
      faults.push(...(await faultsOf(page, screen)), ...(await spillsOf(page, screen)));
    }
    assert.deepEqual(faults, []);
    await doors["sign in"](page, server);
    await page.waitForTimeout(300);
    await compare(page, "sign-in");
  },
};
