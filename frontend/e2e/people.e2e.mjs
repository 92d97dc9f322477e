import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { beside, signIn } from "./browser.mjs";
import { arrived, card, next, openStudy } from "./helpers.mjs";

const image = "e2e-squares";
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const field = (page, label) => page.getByLabel(new RegExp(`^${label}`));
const row = (page, study) => page.getByRole("article", { name: study.title });
const gaps = (page) => page.getByRole("listitem");

const makeStudy = (server, title, settings = {}) => server.send("POST", "reader-studies/", { title, view_content: { main: [image] }, ...settings });

/** A case with an image that is there. */
async function addCase(server, study) {
  const other = (await server.json(`reader-studies/display-sets/?reader_study=${server.scene.pks.done}`)).results[0];
  const made = await server.send("POST", "reader-studies/display-sets/", { reader_study: study.slug, title: "Squares" });
  await server.send("PATCH", `reader-studies/display-sets/${made.pk}/`, { values: [{ interface: image, image: other.values[0].image }] });
}

const ask = (server, study) => server.send("POST", "reader-studies/questions/", { reader_study: study.pk, question_text: "What is it?", answer_type: "Text", widget: "Text Input", required: true });

async function fill(server, study) {
  await addCase(server, study);
  await ask(server, study);
}

async function toManage(page, server, study) {
  await page.goto(server.url);
  await row(page, study).getByRole("button", { name: "Manage" }).click();
  await page.getByRole("heading", { name: study.title }).waitFor();
}

/** Read the one case of a study that one has just come to. */
async function readThrough(page, study, words) {
  await row(page, study).getByRole("button", { name: "Begin" }).click();
  await page.getByText("What is it?").waitFor();
  await page.getByRole("button", { name: /^Start reading/ }).click();
  await arrived(page, "main");
  await card(page, "What is it?").getByRole("textbox").fill(words);
  await next(page);
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
}

export default {
  "an editor sees what a draft lacks, mends it, opens, pauses and closes it": async ({ page, server }) => {
    const study = await makeStudy(server, "From nothing");
    await beside(server, "editor", async ({ page: desk, complaints }) => {
      complaints.forgive(/status of 400.*\/state\//);
      await toManage(desk, server, study);
      await gaps(desk).filter({ hasText: "no question that can be answered. It cannot be opened without." }).waitFor();
      await gaps(desk).filter({ hasText: "no display set. It cannot be opened without." }).waitFor();
      await desk.getByText("Nobody reads yet.").waitFor();
      await addCase(server, study);
      await press(desk, "Open for readers");
      await desk.getByRole("alert").getByText("There is no question").waitFor();
      await gaps(desk).filter({ hasText: "no display set" }).waitFor({ state: "detached" });
      await ask(server, study);
      await press(desk, "Open for readers");
      await desk.getByText("Readers read.").waitFor();
      await gaps(desk).filter({ hasText: "cannot be opened" }).waitFor({ state: "detached" });
      await gaps(desk).filter({ hasText: "It has no reader yet." }).waitFor();
      await server.send("POST", `reader-studies/${study.pk}/members/`, { username: "reader", role: "reader" });
      await press(desk, "Pause");
      await desk.getByText("Readers can look, not answer.").waitFor();
      await desk.getByRole("row", { name: /^reader 0 of 1/ }).waitFor();
      await openStudy(page, server.url, study.slug);
      assert.ok(await card(page, "What is it?").getByRole("textbox").isDisabled());
      await press(desk, "Go on");
      await desk.getByText("Readers read.").waitFor();
      await press(desk, "Close");
      await desk.getByText("Nobody answers any more.").waitFor();
      await desk.getByRole("button", { name: "Open again" }).waitFor();
      const [trail] = await Promise.all([desk.waitForEvent("download"), desk.getByRole("link", { name: "Who did what, and when (CSV)" }).click()]);
      const told = readFileSync(await trail.path(), "utf8");
      for (const state of ["draft", "open", "paused", "closed"]) assert.match(told, new RegExp(state));
    });
  },

  "a draft can be looked at, and takes no answers yet": async ({ page, server }) => {
    const study = await makeStudy(server, "Not yet");
    await fill(server, study);
    await server.send("POST", `reader-studies/${study.pk}/members/`, { username: "reader", role: "reader" });
    await page.goto(server.url);
    await row(page, study).getByRole("button", { name: "Look", exact: true }).click();
    await arrived(page, "main");
    await page.locator(".panel").getByText("This study is a draft").waitFor();
    assert.ok(await card(page, "What is it?").getByRole("textbox").isDisabled());
  },

  "who finds a public study asks for it, is let in, and reads": async ({ page, server }) => {
    const [study, full] = [await makeStudy(server, "Open to all", { is_public: true, description: "Who likes squares?" }), await makeStudy(server, "Full", { is_public: true, description: "No more room." })];
    await fill(server, study);
    await server.send("POST", `reader-studies/${study.pk}/state/`, { state: "open" });
    for (const { slug } of [full, study]) {
      await page.goto(`${server.url}/read/${slug}`);
      await press(page, "Ask to read");
      await page.getByRole("status").getByText("An editor decides").waitFor();
    }
    await beside(server, "editor", async ({ page: desk }) => {
      await toManage(desk, server, study);
      await desk.locator("section").filter({ hasText: "Who asks to read" }).getByRole("row", { name: /^reader/ }).waitFor();
      await press(desk, "Let in reader");
      await desk.getByRole("row", { name: /^reader 0 of 1/ }).waitFor();
      await desk.getByText("Who asks to read").waitFor({ state: "detached" });
      await server.send("POST", `reader-studies/${full.pk}/access-requests/reader/`, { is_accepted: false, reason: "It is full." });
      await press(page, "My studies");
      await row(page, study).getByText("1 of 1 case left").waitFor();
      await readThrough(page, study, "a square");
      await desk.reload();
      await desk.getByRole("row", { name: /^reader 1 of 1/ }).waitFor();
    });
    await page.goto(server.url);
    await row(page, full).getByRole("button", { name: "About it" }).click();
    await page.getByRole("status").getByText("declined your request. It is full.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Ask to read" }).count(), 0);
  },

  "who is invited makes an account with the link, and reads under a pseudonym": async ({ page, context, server, complaints }) => {
    complaints.forgive(/status of 40[01]/);
    const study = await makeStudy(server, "By invitation");
    await fill(server, study);
    await server.send("POST", `reader-studies/${study.pk}/state/`, { state: "open" });
    await beside(server, "editor", async ({ page: desk }) => {
      await toManage(desk, server, study);
      for (const [address, pseudonym] of [["bo@example.org", "R7"], ["nobody@example.org", ""]]) {
        await field(desk, "Mail address").fill(address);
        await field(desk, "Pseudonym").fill(pseudonym);
        await press(desk, "Invite");
        await desk.getByRole("row", { name: new RegExp(`^${address}`) }).waitFor();
        if (!pseudonym) continue;
        const link = await desk.getByRole("status").locator("code").innerText();
        await context.clearCookies();
        await page.goto(link);
      }
      await press(desk, "Take back the invitation of nobody@example.org");
      await desk.getByRole("row", { name: /^nobody/ }).waitFor({ state: "detached" });
      await field(page, "Name").fill("bo");
      await field(page, "Password").fill(server.scene.password);
      await press(page, "Make my account");
      await page.getByRole("heading", { name: "My studies" }).waitFor();
      await readThrough(page, study, "a grid");
      await desk.reload();
      await desk.getByRole("row", { name: /^bo · R7 1 of 1/ }).waitFor();
      assert.equal(await desk.getByRole("row", { name: /^bo@example.org/ }).count(), 0);
      await desk.getByRole("link", { name: "See answers" }).click();
      await desk.getByText("You are looking at the answers of bo.").waitFor();
      assert.equal(await card(desk, "What is it?").getByRole("textbox").inputValue(), "a grid");
    });
    await page.goto(`${server.url}/study/${study.slug}`);
    await page.getByRole("heading", { name: "This page is for the study's editors" }).waitFor();
    await context.clearCookies();
    await signIn(page, server.url, "reader", server.scene.password);
  },
};
