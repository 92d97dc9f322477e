import assert from "node:assert/strict";

import { client, startProvider } from "./provider.mjs";
import { freePort } from "./server.mjs";

/** The people of the organisation: whom it knows, whose mail address it has not seen, who says to have another's. */
const people = {
  kim: { preferred_username: "Kim Larsen", given_name: "Kim", family_name: "Larsen", email: "kim@example.org", email_verified: true },
  lou: { preferred_username: "lou", given_name: "Lou", email: "lou@example.org", email_verified: false },
  max: { preferred_username: "max", email: "KIM@example.org", email_verified: true },
};
/** The server that knows the organisation, and the organisation's provider; the first story starts both. */
const ward = {};

const door = (page) => page.getByRole("link", { name: "Sign in with your organisation" });
const told = (page, text) => page.getByRole("alert").getByText(text).waitFor();

/** Who is signed in, as the server says it to the page. */
const person = (page) => page.evaluate(async () => (await fetch("/api/v1/session/")).json());

async function isSignedIn(page, name) {
  await page.getByRole("heading", { name: "My studies" }).waitFor();
  await page.getByRole("button", { name }).waitFor();
}

/** To the provider's own pages, as a browser that has been nowhere. */
async function goToProvider(page, context, complaints) {
  complaints.forgive(/fonts\.googleapis\.com/, /\/favicon\.ico/);
  await context.clearCookies();
  await page.goto(ward.url);
  await door(page).click();
}

async function logIn(page, login) {
  await page.getByPlaceholder("Enter any login").fill(login);
  await page.getByPlaceholder("and password").fill("whatever it was");
  await page.getByRole("button", { name: "Sign-in" }).click();
}

const consent = (page) => page.getByRole("button", { name: "Continue" }).click();
const cancel = (page) => page.getByRole("link", { name: "[ Cancel ]" }).click();

/** The last request for this path of the provider. */
const asked = (path) => ward.provider.asked.findLast((request) => request.path === path);

export default {
  "the organisation's own pages let a person in, whose name and mail address they tell": async ({ page, context, server, complaints }) => {
    const port = await freePort();
    ward.settings = { READROOM_OIDC_ISSUER: `http://127.0.0.1:${port}`, READROOM_OIDC_CLIENT_ID: client.id, READROOM_OIDC_CLIENT_SECRET: client.secret };
    ward.url = (await server.also(() => ({ ...ward.settings, READROOM_WORKERS: "0" }))).url;
    ward.provider = await startProvider({ port, back: `${ward.url}/api/v1/session/oidc/callback/`, people });
    await goToProvider(page, context, complaints);
    await logIn(page, "kim");
    await consent(page);
    await isSignedIn(page, "Kim Larsen");
    const { username, email } = await person(page);
    assert.deepEqual({ username, email }, { username: "kim-larsen", email: "kim@example.org" });
    const { query } = asked("/auth");
    assert.equal(query.code_challenge_method, "S256");
    for (const name of ["state", "nonce", "code_challenge"]) assert.ok(query[name].length >= 43, name);
    assert.match(asked("/token").authorization, /^Basic /);
    const bare = new URLSearchParams({ ...query, code_challenge: "", code_challenge_method: "" });
    const refused = await fetch(`${ward.settings.READROOM_OIDC_ISSUER}/auth?${bare}`, { redirect: "manual" });
    assert.match(refused.headers.get("location"), /error=invalid_request.*PKCE/, "the provider demands PKCE");
  },

  "a second sign-in finds the same account, with the provider's memory and without": async ({ page, context, complaints }) => {
    complaints.forgive(/status of 40[01]/);
    await page.getByRole("button", { name: "Kim Larsen" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await door(page).waitFor();
    assert.equal(await person(page), null);
    await door(page).click();
    await isSignedIn(page, "Kim Larsen");
    assert.equal((await person(page)).username, "kim-larsen");
    await goToProvider(page, context, complaints);
    await logIn(page, "kim");
    await consent(page);
    await isSignedIn(page, "Kim Larsen");
    assert.equal((await person(page)).username, "kim-larsen");
  },

  "who says no to the organisation is told so, and may say yes then": async ({ page, context, complaints }) => {
    await goToProvider(page, context, complaints);
    await logIn(page, "lou");
    await cancel(page);
    await told(page, "You did not allow your organisation to tell who you are");
    assert.equal(await person(page), null);
    await goToProvider(page, context, complaints);
    await cancel(page);
    await told(page, "You did not allow your organisation to tell who you are");
  },

  "a mail address that the organisation has not verified is not taken over": async ({ page, context, complaints }) => {
    await goToProvider(page, context, complaints);
    await logIn(page, "lou");
    await consent(page);
    await isSignedIn(page, "Lou");
    const { username, email } = await person(page);
    assert.deepEqual({ username, email }, { username: "lou", email: "" });
  },

  "the mail address of an account does not open it for another person": async ({ page, context, complaints }) => {
    await goToProvider(page, context, complaints);
    await logIn(page, "max");
    await consent(page);
    await told(page, "There is an account with your mail address");
    assert.equal(await person(page), null);
  },

  "a way back is gone once, by the browser that set out": async ({ page, context, complaints }) => {
    let back;
    const watch = (request) => {
      if (request.url().includes("/oidc/callback/")) back = request.url();
    };
    page.on("request", watch);
    await goToProvider(page, context, complaints);
    await logIn(page, "kim");
    await consent(page);
    await isSignedIn(page, "Kim Larsen");
    page.off("request", watch);
    assert.match(back, /[?&]iss=/, "the provider says who answers");
    await context.clearCookies();
    await page.goto(back);
    await told(page, "did not succeed");
    assert.equal(await person(page), null);
    await goToProvider(page, context, complaints);
    await page.goto(back);
    await told(page, "did not succeed");
    assert.equal(await person(page), null);
  },

  "an organisation that cannot be reached is named, and the password works": async ({ page, context, server, complaints }) => {
    await ward.provider.stop();
    await goToProvider(page, context, complaints);
    await told(page, "Your organisation's sign-in cannot be reached; try again later.");
    await page.locator("input[name=username]").fill("reader");
    await page.locator("input[name=password]").fill(server.scene.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await isSignedIn(page, "reader");
  },
};
