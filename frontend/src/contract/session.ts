import { fetchJson, RequestFailed, stopAsking } from "./http";

/** Who sits at this browser. */
export interface Person {
  username: string;
  name: string;
}

interface PersonOut {
  username: string;
  name?: string;
}

export const personOf = ({ username, name }: PersonOut): Person => ({ username, name: name || username });

const base = "/api/v1/session/";

/** The signed-in person, or nobody. Also sets the cookie that the CSRF header repeats. */
export async function whoami(): Promise<Person | null> {
  try {
    const person = await fetchJson<PersonOut | null>("GET", base);
    return person?.username ? personOf(person) : null;
  } catch (problem) {
    if (problem instanceof RequestFailed && (problem.kind === "signed-out" || problem.kind === "forbidden")) return null;
    throw problem;
  }
}

/** Asks first who is here: a browser that lost its cookies gets back the one that the request must repeat. */
export async function signIn(username: string, password: string): Promise<Person | null> {
  await whoami();
  await fetchJson("POST", base, { username, password });
  return whoami();
}

/** What is still on its way belongs to the person who leaves. */
export function signOut(): Promise<unknown> {
  stopAsking();
  return fetchJson("DELETE", base);
}
