import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const flags = [
  "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
];

const graphics = { none: ["--disable-gpu"], imitated: ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"] };

/** A browser of its own, without a graphics card or with an imitated one; nothing outside this machine can be reached. */
export async function openBrowser({ width = 1366, height = 768, gl = "none" } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "readroom-e2e-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width, height },
    ignoreHTTPSErrors: true,
    args: [...flags, ...graphics[gl]],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (problem) => complaints.push(`uncaught: ${problem.stack ?? problem}`));
  return {
    context,
    page,
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
