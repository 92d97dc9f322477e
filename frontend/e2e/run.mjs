// Runs the stories: `node e2e/run.mjs [part of a file's name ...]`. Each file has a browser of its own; all share a server.
import { mkdirSync, readdirSync } from "node:fs";

import { closeOthers, openBrowser, signIn } from "./browser.mjs";
import { startServer } from "./server.mjs";

const wanted = process.argv.slice(2);
const files = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".e2e.mjs") && (wanted.length === 0 || wanted.some((word) => name.includes(word))));
const patience = 120_000 * Number(process.env.E2E_PATIENCE ?? 1);
const results = "test-results";
const count = { passed: 0, failed: 0 };

const inTime = (story) => {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not done after ${patience / 1000} s`)), patience);
  });
  return Promise.race([story, late]).finally(() => clearTimeout(timer));
};

/** Run one story; whatever its pages complained about fails it too. The next one finds the network as it is. */
async function tell(name, story, { page, context, complaints }) {
  const begun = Date.now();
  let problem;
  try {
    await inTime(story());
  } catch (found) {
    problem = found;
  }
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await context.setOffline(false);
  const heard = complaints.settle();
  if (!problem && heard.length > 0) problem = new Error(`The page complained:\n${heard.join("\n")}`);
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  if (!problem) {
    count.passed += 1;
    console.log(`ok    ${name} (${seconds} s)`);
    return;
  }
  count.failed += 1;
  console.log(`FAIL  ${name} (${seconds} s)\n${problem.stack ?? problem}\n${heard.join("\n")}`);
  mkdirSync(results, { recursive: true });
  await page.screenshot({ path: `${results}/${name.replaceAll(/\W+/g, "-")}.png` }).catch(() => undefined);
}

const begun = Date.now();
const server = await startServer();
console.log(`The server and its scene stand after ${((Date.now() - begun) / 1000).toFixed(0)} s.`);
try {
  for (const file of files.sort()) {
    const { default: stories, options } = await import(new URL(file, import.meta.url));
    const browser = await openBrowser(options);
    await tell(`${file}: the reader signs in`, () => signIn(browser.page, server.url, "reader", server.scene.password), browser);
    for (const [name, story] of Object.entries(stories)) await tell(name, () => story({ ...browser, server }), browser);
    await browser.close();
    await closeOthers();
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
