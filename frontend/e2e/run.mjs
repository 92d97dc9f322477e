import { readdirSync } from "node:fs";

import { openBrowser, signIn } from "./browser.mjs";
import { startServer } from "./server.mjs";

const wanted = process.argv.slice(2);
const files = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".e2e.mjs") && (wanted.length === 0 || wanted.some((word) => name.includes(word))));
const server = await startServer();
let failures = 0;
try {
  for (const file of files.sort()) {
    const { default: stories, gl } = await import(new URL(file, import.meta.url));
    const browser = await openBrowser(gl ? { gl } : {});
    await signIn(browser.page, server.url, "reader", server.scene.password);
    for (const [name, story] of Object.entries(stories)) {
      const begun = Date.now();
      try {
        await story({ ...browser, server });
        console.log(`ok    ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
      } catch (problem) {
        failures += 1;
        console.log(`FAIL  ${name}\n${problem.stack ?? problem}`);
        await browser.page.screenshot({ path: `test-results/${name.replaceAll(/\W+/g, "-")}.png` }).catch(() => undefined);
      }
    }
    await browser.close();
  }
} finally {
  server.stop();
}
process.exit(failures === 0 ? 0 : 1);
