import assert from "node:assert/strict";

import { signIn } from "./browser.mjs";
import { until } from "./helpers.mjs";
import { linkIn, receiveMails } from "./mails.mjs";
import { runPython } from "./server.mjs";

const [address, first, second, third] = ["ann@example.org", "the first long password", "the second long password", "the third long password"];
/** The server that sends mails, and who receives them; the first story that mails starts both. */
const post = {};

const studies = (page) => page.getByRole("heading", { name: "My studies" });
const field = (page, label) => page.getByLabel(new RegExp(`^${label}`));
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

/** Who a session is, for the server. */
async function whoHas(session) {
  const reply = await fetch(`${post.url}/api/v1/session/`, { headers: { Cookie: `readroom-session=${session}` } });
  const person = reply.ok ? await reply.json() : null;
  return person?.username ?? null;
}

const sessionOf = async (context) => (await context.cookies()).find(({ name }) => name === "readroom-session").value;

async function isRefusedAtTheDoor(page, password) {
  await page.goto(post.url);
  await field(page, "Name").fill("ann");
  await field(page, "Password").fill(password);
  await press(page, "Sign in");
  await page.getByRole("alert").getByText("The name or the password is not right.").waitFor();
}

/** Use a token as a script does; tells whose studies it lists, or how it was refused. */
const useToken = (server, token) =>
  runPython(
    `import json, sys, readroom
with readroom.Client(token=sys.argv[1], base_url=sys.argv[2], verify=sys.argv[3]) as client:
    try:
        print(json.dumps({"name": client(path="accounts/me/")["username"]}))
    except readroom.errors.NotAuthenticated as refusal:
        print(json.dumps({"refusal": str(refusal)}))`,
    token,
    `${server.secureUrl}/api/v1/`,
    server.authority,
  );

export default {
  "a token is shown once, serves a script, and serves nothing when it was taken back": async ({ page, server }) => {
    await page.goto(`${server.url}/settings`);
    await field(page, "What it is for").fill("night script");
    await press(page, "Make a token");
    const secret = await page.getByRole("status").locator("code").innerText();
    const row = page.getByRole("row", { name: /night script/ });
    await row.getByText("never").waitFor();
    assert.deepEqual(useToken(server, secret), { name: "reader" });
    await page.reload();
    await row.getByText("never").waitFor({ state: "detached" });
    await row.getByText(secret.slice(0, 4)).waitFor();
    assert.ok(!(await page.content()).includes(secret), "the secret is not shown again");
    await press(page, "Take back night script");
    await row.waitFor({ state: "detached" });
    assert.match(useToken(server, secret).refusal, /Invalid token/);
  },

  "an invitation comes by mail; its link makes an account, once": async ({ page, context, server, complaints }) => {
    complaints.forgive(/status of 40[01]/);
    const mails = await receiveMails();
    const { url } = await server.also((own) => ({ READROOM_EMAIL: mails.address, READROOM_ORIGIN: own, READROOM_WORKERS: "0" }));
    Object.assign(post, { mails, url });
    await context.clearCookies();
    await signIn(page, url, "editor", server.scene.password);
    await page.goto(`${url}/study/${server.scene.studies.done}`);
    await field(page, "Mail address").fill(address);
    await press(page, "Invite");
    await page.getByText("A mail with this link is on its way.").waitFor();
    const link = linkIn(await mails.next(address));
    assert.equal(await page.getByRole("status").locator("code").innerText(), link);
    await context.clearCookies();
    await page.goto(link);
    await field(page, "Name").fill("ann");
    await field(page, "Password").fill("short");
    await press(page, "Make my account");
    await page.getByRole("alert").waitFor();
    await field(page, "Password").fill(first);
    await press(page, "Make my account");
    await studies(page).waitFor();
    await page.getByRole("article").waitFor();
    assert.deepEqual(await page.getByRole("article").evaluateAll((rows) => rows.map(({ ariaLabel }) => ariaLabel)), ["Done"]);
    await page.goto(link);
    await press(page, "Take the invitation");
    await page.getByRole("alert").getByText("This invitation was used").waitFor();
  },

  "a forgotten password is set anew by a mail, once; whoever was signed in is so no more": async ({ page, context, complaints }) => {
    complaints.forgive(/status of 40[01]/);
    const before = await sessionOf(context);
    assert.equal(await whoHas(before), "ann");
    await context.clearCookies();
    await page.goto(post.url);
    await page.getByRole("link", { name: "I forgot my password" }).click();
    await field(page, "Mail address").fill(address);
    await press(page, "Send me a link");
    await page.getByRole("status").getByText("a mail with a link is on its way").waitFor();
    const link = linkIn(await post.mails.next(address));
    await page.goto(link);
    await field(page, "New password").fill(second);
    await press(page, "Set the password");
    await page.getByRole("heading", { name: "Your password is set" }).waitFor();
    assert.equal(await whoHas(before), null);
    await page.goto(link);
    await field(page, "New password").fill(third);
    await press(page, "Set the password");
    await page.getByRole("alert").getByText("This link was used").waitFor();
    await isRefusedAtTheDoor(page, first);
    await signIn(page, post.url, "ann", second);
  },

  "a changed password keeps this session and ends the others": async ({ page, context, complaints }) => {
    complaints.forgive(/status of 40[01]/);
    const elsewhere = await sessionOf(context);
    await context.clearCookies();
    await signIn(page, post.url, "ann", second);
    await page.goto(`${post.url}/settings`);
    await field(page, "Present password").fill(first);
    await field(page, "New password").fill(third);
    await press(page, "Change password");
    await page.getByRole("alert").waitFor();
    assert.equal(await whoHas(elsewhere), "ann");
    await field(page, "Present password").fill(second);
    await press(page, "Change password");
    await page.getByRole("status").getByText("other places have to sign in again").waitFor();
    assert.equal(await whoHas(elsewhere), null);
    await page.goto(post.url);
    await studies(page).waitFor();
    assert.equal(await until(async () => whoHas(await sessionOf(context))), "ann");
    await context.clearCookies();
    await isRefusedAtTheDoor(page, second);
    await signIn(page, post.url, "ann", third);
    post.mails.close();
  },
};
