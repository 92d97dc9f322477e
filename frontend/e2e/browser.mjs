import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const flags = [
  "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
];

const graphics = { none: ["--disable-gpu"], imitated: ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"] };

/** What a page must not say: errors, warnings, requests to other machines. Each story answers for what it brings about. */
export class Complaints {
  #heard = [];
  #forgiven = [];

  hear(complaint) {
    this.#heard.push(complaint);
  }

  /** Of this story's complaints those of this form are meant. */
  forgive(...patterns) {
    this.#forgiven.push(...patterns);
  }

  /** What was not forgiven since the last time. */
  settle() {
    const left = this.#heard.filter((complaint) => !this.#forgiven.some((pattern) => pattern.test(complaint)));
    [this.#heard, this.#forgiven] = [[], []];
    return left;
  }

  watch(page) {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.hear(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (problem) => this.hear(`uncaught: ${problem.stack ?? problem}`));
    page.on("request", (request) => {
      if (/^(https?|wss?):/.test(request.url()) && !["localhost", "127.0.0.1"].includes(new URL(request.url()).hostname)) this.hear(`outside: ${request.url()}`);
    });
  }
}

/** A browser of its own, without a graphics card or with an imitated one; nothing outside this machine can be reached. */
export async function openBrowser({ width = 1366, height = 768, gl = "none", ...options } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "readroom-e2e-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width, height },
    ignoreHTTPSErrors: true,
    args: [...flags, ...graphics[gl]],
    ...options,
  });
  const complaints = new Complaints();
  context.on("page", (page) => complaints.watch(page));
  const [opened] = context.pages();
  if (opened) complaints.watch(opened);
  return {
    context,
    page: opened ?? (await context.newPage()),
    complaints,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

export async function signIn(page, base, name, password) {
  await page.goto(base);
  await page.locator("input[name=username]").fill(name);
  await page.locator("input[name=password]").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "My studies" }).waitFor();
}

const others = new Map();

/** What somebody else does, at a browser that stays open for the other stories of a file; its pages must not complain either. */
export async function beside(server, name, story) {
  if (!others.has(name)) {
    others.set(name, await openBrowser());
    await signIn(others.get(name).page, server.url, name, server.scene.password);
  }
  const browser = others.get(name);
  let heard;
  try {
    await story(browser);
  } finally {
    heard = browser.complaints.settle();
  }
  assert.deepEqual(heard, []);
}

export async function closeOthers() {
  for (const browser of others.values()) await browser.close();
  others.clear();
}
