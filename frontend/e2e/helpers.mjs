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

export async function openStudy(page, url, slug) {
  await page.goto(`${url}/read/${slug}`);
  await page.locator("[data-viewport=main][data-progress=full]").waitFor({ timeout: 60_000 });
}

export const saved = (page) => page.locator("[role=status][data-state=saved]").waitFor({ timeout: 60_000 });

export const card = (page, title) => page.getByRole("region", { name: title, exact: true });

/** All answers of the reader in one case, by question text. */
export async function answersOf(server, slug, displaySet) {
  const study = (await server.json(`reader-studies/?slug=${slug}`)).results[0];
  const answers = (await server.json(`reader-studies/answers/?question__reader_study=${study.pk}&display_set=${displaySet}&limit=200`)).results;
  const texts = new Map(study.questions.map((question) => [question.api_url, question]));
  return Object.fromEntries(answers.map((answer) => [texts.get(answer.question).question_text_safe, { ...answer, question: texts.get(answer.question) }]));
}
