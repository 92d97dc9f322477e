import assert from "node:assert/strict";

import { arrived, openStudy, until } from "./helpers.mjs";

const title = (page, number) => page.locator("h1", { hasText: `case ${number} of 50` }).waitFor();

/** Bytes that the page holds once it is quiet and what it let go of was collected: its objects and the pixels in its arrays. */
async function heldBytes(page, devtools) {
  await page.waitForLoadState("networkidle");
  let least = Infinity;
  for (let turn = 0; turn < 5; turn += 1) {
    await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize = 0, embedderHeapUsedSize = 0 } = await devtools.send("Runtime.getHeapUsage");
    least = Math.min(least, usedSize + backingStorageSize + embedderHeapUsedSize);
    await page.waitForTimeout(100);
  }
  return least;
}

export default {
  "fifty cases are read in a row: every image is fetched once, and memory does not grow": async ({ page, context, server }) => {
    await page.addInitScript(() => Object.defineProperty(navigator, "deviceMemory", { value: 0.02 }));
    const fetched = new Map();
    page.on("request", (request) => {
      const image = /([0-9a-f-]{36})\.rrpack$/.exec(request.url())?.[1];
      const { range = "bytes=0-" } = request.headers();
      if (image && range.startsWith("bytes=0-")) fetched.set(image, (fetched.get(image) ?? 0) + 1);
    });
    await openStudy(page, server.url, server.scene.studies.fifty);
    const devtools = await context.newCDPSession(page);
    const held = [];
    for (let number = 1; number <= 50; number += 1) {
      await title(page, number);
      await arrived(page, "main");
      if ([20, 35, 50].includes(number)) held.push(await heldBytes(page, devtools));
      await page.locator("body").press("1");
      if (number === 50) break;
      await page.keyboard.press("Enter");
    }
    console.log(`      held after 20, 35 and 50 cases: ${held.map((each) => (each / 1e6).toFixed(1)).join(", ")} MB`);
    assert.equal(fetched.size, 50);
    assert.deepEqual([...new Set(fetched.values())], [1], "no image was fetched from its beginning twice");
    assert.ok(held[2] < 1.15 * held[0] + 2e6, "what is held does not grow with the cases read");

    const before = [...fetched.values()].reduce((sum, each) => sum + each, 0);
    await page.keyboard.press("Backspace");
    await title(page, 49);
    await arrived(page, "main");
    assert.equal([...fetched.values()].reduce((sum, each) => sum + each, 0), before, "the case before is still there");
    await page.keyboard.press("Shift+Backspace");
    await title(page, 50);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    await page.getByText("Everything is saved.").waitFor();
    const study = (await server.json(`reader-studies/?slug=${server.scene.studies.fifty}`)).results[0];
    await until(async () => (await server.json(`reader-studies/answers/?question__reader_study=${study.pk}&limit=1`)).count === 50);
  },
};
