import { mkdirSync, readdirSync } from "node:fs";

import { openBrowser, signIn } from "./browser.mjs";
import { startServer } from "./server.mjs";

const wanted = process.argv.slice(2);
const files = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".e2e.mjs") && (wanted.length === 0 || wanted.some((word) => name.includes(word))));
const patience = 120_000;
const results = "test-results";
const count = { passed: 0, failed: 0 };

const inTime = (story) => {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not done after ${patience / 1000} s`)), patience);
  });
  return Promise.race([story, late]).finally(() => clearTimeout(timer));
};

async function tell(name, story, page) {
  const begun = Date.now();
  try {
    await inTime(story());
    count.passed += 1;
    console.log(`ok    ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (problem) {
    count.failed += 1;
    console.log(`FAIL  ${name}\n${problem.stack ?? problem}`);
    mkdirSync(results, { recursive: true });
    await page.screenshot({ path: `${results}/${name.replaceAll(/\W+/g, "-")}.png` }).catch(() => undefined);
  }
}

const begun = Date.now();
const server = await startServer();
try {
  for (const file of files.sort()) {
    const { default: stories, size } = await import(new URL(file, import.meta.url));
    const browser = await openBrowser(size);
    await tell(`${file}: the reader signs in`, () => signIn(browser.page, server.url, "reader", server.scene.password), browser.page);
    for (const [name, story] of Object.entries(stories)) await tell(name, () => story({ ...browser, server }), browser.page);
    await browser.close();
  }
} catch (problem) {
  count.failed += 1;
  console.log(`FAIL  the run itself\n${problem.stack ?? problem}`);
} finally {
  server.stop();
}
console.log(`took ${((Date.now() - begun) / 1000).toFixed(0)} s; pictures of failures are in frontend/${results}`);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed === 0 && count.passed > 0 ? 0 : 1);
