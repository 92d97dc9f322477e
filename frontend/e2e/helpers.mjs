/** A hand over one viewport. */
export async function handOver(page, viewport = "main") {
  const box = await page.locator(`[data-viewport=${viewport}]`).boundingBox();
  const at = ([x, y]) => [box.x + x, box.y + y];
  return {
    box,
    async drag(points) {
      await page.mouse.move(...at(points[0]));
      await page.mouse.down();
      for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 5 });
      await page.mouse.up();
      await page.waitForTimeout(80);
    },
    async click(points) {
      for (const point of points) {
        await page.mouse.move(...at(point), { steps: 2 });
        await page.mouse.down();
        await page.mouse.up();
        await page.waitForTimeout(60);
      }
    },
    async wheel(amount) {
      await page.mouse.move(...at([box.width / 2, box.height / 2]));
      await page.mouse.wheel(0, amount);
      await page.waitForTimeout(120);
    },
  };
}

/** Go to a study and wait until these viewports are complete. */
export async function openStudy(page, url, slug, ...viewports) {
  await page.goto(`${url}/read/${slug}`);
  await arrived(page, "main", ...viewports);
}

export async function arrived(page, ...viewports) {
  for (const name of viewports) await page.locator(`[data-viewport=${name}][data-progress=full]`).waitFor({ timeout: 60_000 });
}

/** A tool of the bar. */
export const tool = (page, name) => page.getByRole("toolbar").getByRole("button", { name, exact: true }).click();

/** An item of a menu of the bar. */
export async function choose(page, menu, item) {
  await page.getByRole("button", { name: menu }).click();
  await page.getByRole("menuitem", { name: new RegExp(`^${item}`) }).click();
  await page.getByRole("menu").waitFor({ state: "hidden" });
}

/** The button that ends a case. */
export const next = (page) => page.locator(".foot").getByRole("button").click();

/** The slice a viewport shows, counted from 0. */
export const sliceOf = async (page, viewport = "main") => Number(/(\d+) \/ \d+/.exec(await cornerOf(page, viewport))[1]) - 1;
export const cornerOf = (page, viewport = "main") => page.locator(`[data-viewport=${viewport}]`).innerText();

/** Ask again until something holds. */
export async function until(what, wait = 15_000) {
  const begun = Date.now();
  for (;;) {
    const found = await what();
    if (found) return found;
    if (Date.now() - begun > wait) throw new Error(`still not so after ${wait} ms: ${what}`);
    await new Promise((later) => setTimeout(later, 60));
  }
}

/** Follows the pixels a page fetches; waits until those of a case have come and nothing more is on its way. */
export function followPixels(page) {
  const images = new Set();
  let underWay = 0;
  let changed = Date.now();
  const note = (step) => (request) => {
    const image = /([0-9a-f-]{36})\.rrpack/.exec(request.url())?.[1];
    if (!image) return;
    images.add(image);
    underWay += step;
    changed = Date.now();
  };
  page.on("request", note(1));
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, note(-1));
  return async (server, displaySet) => {
    const { values } = await server.json(`reader-studies/display-sets/${displaySet}/`);
    const wanted = values.flatMap(({ image }) => (image ? [image.split("/").filter(Boolean).at(-1)] : []));
    await until(() => wanted.every((image) => images.has(image)) && underWay === 0 && Date.now() - changed > 500, 60_000);
  };
}

/** A coarse raster of what a viewport shows: red, green, blue and alpha of every cell. */
export const rasterOf = (page, viewport = "main", size = 64) =>
  page.evaluate(
    ([viewport, size]) => {
      const source = document.querySelector(`[data-viewport=${viewport}] canvas`);
      const small = document.createElement("canvas");
      small.width = small.height = size;
      const context = small.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(source, 0, 0, size, size);
      return [...context.getImageData(0, 0, size, size).data];
    },
    [viewport, size],
  );

/** How far two rasters are apart, on average, of 255. */
export const apart = (a, b) => a.reduce((sum, value, index) => sum + Math.abs(value - b[index]), 0) / a.length;

export const saved = (page) => page.locator("[role=status][data-state=saved]").waitFor({ timeout: 60_000 });

export const card = (page, title) => page.getByRole("region", { name: title, exact: true });

/** All answers of the reader in one case, or in the only one that has any, by question text. */
export async function answersOf(server, slug, displaySet = "") {
  const study = (await server.json(`reader-studies/?slug=${slug}`)).results[0];
  const answers = (await server.json(`reader-studies/answers/?question__reader_study=${study.pk}&is_ground_truth=false&display_set=${displaySet}&limit=200`)).results;
  const texts = new Map(study.questions.map((question) => [question.api_url, question]));
  return Object.fromEntries(answers.map((answer) => [texts.get(answer.question).question_text_safe, { ...answer, question: texts.get(answer.question) }]));
}
