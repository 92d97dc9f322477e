import assert from "node:assert/strict";

import { beside } from "./browser.mjs";
import { answersOf, card, handOver, next, openStudy, saved } from "./helpers.mjs";

const title = (page, words) => page.locator("h1", { hasText: words }).waitFor();
const option = (page, question, name) => card(page, question).getByRole("radio", { name }).check({ force: true });
const field = (page, question) => card(page, question).getByRole("textbox");

export default {
  "an answer is compared with the reference at once, and explained": async ({ page, server }) => {
    await openStudy(page, server.url, server.scene.studies.practice);
    await option(page, "Which is it?", "No");
    await field(page, "How many?").fill("3");
    await page.getByRole("button", { name: /^Save and compare/ }).click();
    await card(page, "Which is it?").getByText("Reference: Yes").waitFor();
    await card(page, "Which is it?").getByText("The lines cross.").waitFor();
    await card(page, "How many?").getByText("As the reference says").waitFor();
    await page.keyboard.press("Enter");
    await title(page, "case 2 of 2");
    assert.equal(await page.getByText("Reference:").count(), 0, "the next case's reference is not told before it is answered");
    await option(page, "Which is it?", "No");
    await page.keyboard.press("Enter");
    await card(page, "Which is it?").getByText("As the reference says").waitFor();
    await card(page, "How many?").getByText("Reference: 4").waitFor();
    await next(page);
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
  },

  "answers roll over for one case, then start fresh": async ({ page, server }) => {
    await openStudy(page, server.url, server.scene.studies.rolled);
    await field(page, "What is seen?").fill("first");
    for (const [place, start] of [[2, "first"], [3, ""], [4, "third"]]) {
      if (start === "third") await field(page, "What is seen?").fill("third");
      await page.keyboard.press("Enter");
      await title(page, `case ${place} of 4`);
      assert.equal(await field(page, "What is seen?").inputValue(), start);
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    await page.getByText("Everything is saved.").waitFor();
    const study = (await server.json(`reader-studies/?slug=${server.scene.studies.rolled}`)).results[0];
    const { results } = await server.json(`reader-studies/answers/?question__reader_study=${study.pk}`);
    assert.deepEqual(results.map(({ answer }) => answer).sort(), ["first", "first", "third", "third"]);
  },

  "a strict study goes one way only, asks about what is left empty, and locks what was saved": async ({ page, server }) => {
    await openStudy(page, server.url, `${server.scene.studies.strict}?case=3`);
    await title(page, "case 1 of 3");
    assert.equal(await page.getByRole("button", { name: "Next case", exact: true }).count(), 0);
    await page.keyboard.press("Shift+Backspace");
    await page.keyboard.press("Enter");
    await page.getByText("An answer is needed.").waitFor();
    await title(page, "case 1 of 3");
    await page.locator("body").press("1");
    await page.keyboard.press("Enter");
    const confirmation = page.getByRole("alertdialog", { name: "Confirm empty answers" });
    await confirmation.getByText("Nothing to measure?").waitFor();
    await confirmation.getByRole("button", { name: "No, go back" }).click();
    await title(page, "case 1 of 3");
    await next(page);
    await confirmation.getByRole("button", { name: "Yes" }).click();
    await title(page, "case 2 of 3");
    await page.keyboard.press("Backspace");
    await title(page, "case 2 of 3");
    await saved(page);
    await page.reload();
    await title(page, "case 2 of 3");
    const answers = await answersOf(server, server.scene.studies.strict);
    assert.equal(Object.keys(answers).length, 2);
  },

  "proposed findings are accepted and rejected one by one": async ({ page, server }) => {
    await openStudy(page, server.url, server.scene.studies.review);
    const question = card(page, "Which of these?");
    const button = (name) => question.getByRole("button", { name: new RegExp(`^${name}`) });
    const isPressed = async (name) => (await button(name).getAttribute("aria-pressed")) === "true";
    await question.getByText("Proposal 1 · 90 %").waitFor();
    assert.ok((await isPressed("Accept Proposal 1")) && (await isPressed("Accept Proposal 2")), "what is proposed stands until it is rejected");
    await button("Reject Proposal 1").click();
    assert.ok((await isPressed("Reject Proposal 1")) && (await isPressed("Accept Proposal 2")));
    await button("Reject Proposal 2").click();
    await button("Accept Proposal 2").click();
    await (await handOver(page)).click([[300, 300]]);
    await saved(page);
    const { answer } = (await answersOf(server, server.scene.studies.review))["Which of these?"];
    assert.deepEqual(answer.points.map(({ point }) => point), [[30, 20, 2]]);
  },

  "a study that is closed in the middle of a case says so and keeps what was written": async ({ page, server, complaints }) => {
    complaints.forgive(/status of 40\d.*answers\//);
    const { shut } = server.scene.studies;
    await openStudy(page, server.url, shut);
    await field(page, "Anything?").fill("before");
    await saved(page);
    await server.send("POST", `reader-studies/${server.scene.pks.shut}/state/`, { state: "paused" });
    await field(page, "Anything?").fill("after");
    await page.locator("[role=status][data-state=refused]").waitFor();
    await card(page, "Anything?").getByText("The server did not take this answer").waitFor();
    assert.equal((await answersOf(server, shut))["Anything?"].answer, "before");
    await server.send("POST", `reader-studies/${server.scene.pks.shut}/state/`, { state: "open" });
    await next(page);
    await title(page, "case 2 of 2");
    await saved(page);
    assert.equal((await answersOf(server, shut))["Anything?"].answer, "after");
  },

  "a reader who is removed in the middle of a case is told, and what was written is kept": async ({ page, server, complaints }) => {
    complaints.forgive(/status of 40\d/);
    const { shut } = server.scene.studies;
    const members = `reader-studies/${server.scene.pks.shut}/members/`;
    await openStudy(page, server.url, `${shut}?case=2`);
    await server.send("DELETE", `${members}reader/reader/`);
    await field(page, "Anything?").fill("too late");
    await page.locator("[role=status][data-state=refused]").waitFor();
    await server.send("POST", members, { username: "reader", role: "reader" });
    await openStudy(page, server.url, `${shut}?case=2`);
    assert.equal(await field(page, "Anything?").inputValue(), "too late");
    await saved(page);
  },

  "a pattern with more ways through a text than can be tried holds no page up": async ({ page, server }) => {
    const pattern = "a*a*a*a*a*a*a*a*b$";
    const study = await server.send("POST", `reader-studies/${server.scene.pks.shut}/copy/`, { title: "Patterned", parts: ["display_sets", "hanging"] });
    const path = `reader-studies/${study.pk}/`;
    await server.send("POST", "reader-studies/questions/", { reader_study: study.slug, question_text: "Stage?", answer_type: "Text", widget: "Text Input", answer_match_pattern: pattern });
    await server.send("POST", `${path}members/`, { username: "reader", role: "reader" });
    await server.send("POST", `${path}state/`, { state: "open" });
    try {
      await openStudy(page, server.url, study.slug);
      const begun = Date.now();
      await field(page, "Stage?").fill("a".repeat(400));
      await next(page);
      await card(page, "Stage?").getByText("This does not have the form").waitFor();
      assert.ok(Date.now() - begun < 3000, `${Date.now() - begun} ms`);
      await field(page, "Stage?").fill("aaab");
      await next(page);
      await title(page, "case 2 of 2");
      await saved(page);
      assert.deepEqual(Object.values(await answersOf(server, study.slug)).map(({ answer }) => answer), ["aaab"]);
    } finally {
      await server.send("DELETE", `${path}members/reader/reader/answers/`);
      await server.send("DELETE", path);
    }
  },

  "an editor views as a reader, and can change nothing": ({ server }) =>
    beside(server, "editor", async ({ page }) => {
      const written = [];
      page.on("request", (request) => request.method() !== "GET" && written.push(request.url()));
      await page.goto(`${server.url}/read/${server.scene.studies.strict}?as=reader`);
      await page.getByText("reading as reader", { exact: true }).waitFor();
      await page.getByText("You are looking at the answers of reader.").waitFor();
      assert.ok(await card(page, "Is it there?").getByRole("radio", { name: "No" }).isChecked());
      assert.ok(await card(page, "Is it there?").getByRole("radio", { name: "Yes" }).isDisabled());
      await page.locator("body").press("2");
      await next(page);
      await title(page, "case 2 of 3");
      await page.keyboard.press("Backspace");
      await title(page, "case 1 of 3");
      assert.ok(await card(page, "Is it there?").getByRole("radio", { name: "No" }).isChecked());
      assert.deepEqual(written, []);
    }),
};
