import { fetchJson } from "./http";
import { personOf, type Person } from "./session";
import type { Json } from "./types";

const base = "/api/v1/accounts/";

/** How this person likes the viewer, on every computer. */
export const accountSettings = () => fetchJson<{ settings: Record<string, Json>; version: number }>("GET", `${base}me/settings/`);
export const keepAccountSettings = (settings: Readonly<Record<string, Json>>) => fetchJson("PUT", `${base}me/settings/`, { settings });

/** What an invitation is taken with: nothing more by somebody signed in, else the name and password of a new account. */
export interface Acceptance {
  invitation: string;
  username?: string;
  password?: string;
}

export const acceptInvitation = async (acceptance: Acceptance): Promise<Person> => personOf(await fetchJson("POST", `${base}invitations/accept/`, acceptance));

export const askForReset = (email: string) => fetchJson("POST", `${base}password/forgotten/`, { email });

export const resetPassword = (reset: { uid: string; token: string; password: string }) => fetchJson("POST", `${base}password/reset/`, reset);

export const changePassword = (change: { old_password: string; password: string }) => fetchJson("POST", `${base}password/`, change);

/** How one may sign in here besides a password, as the server wrote it into the page. */
export function signInWays(): { byOrganisation: boolean; byMail: boolean } {
  const ways = (document.querySelector<HTMLMetaElement>("meta[name=readroom-sign-in]")?.content ?? "").split(" ");
  return { byOrganisation: ways.includes("organisation"), byMail: ways.includes("mail") };
}

export const organisationSignIn = "/api/v1/session/oidc/";

/** A token of this person for scripts; the secret itself is shown once, when it is made. */
export interface Token {
  id: string;
  name: string;
  hint: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

const tokens = "/api/v1/tokens/";

export const myTokens = () => fetchJson<Token[]>("GET", tokens);
export const makeToken = (name: string) => fetchJson<{ token: string }>("POST", tokens, { name });
export const takeBackToken = (id: string) => fetchJson("DELETE", `${tokens}${id}/`);
