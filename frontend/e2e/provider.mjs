import { randomBytes } from "node:crypto";
import { once } from "node:events";

import { Provider } from "oidc-provider";

/** Characters that a client has to write differently in a header than in a form. */
const secret = '50% of + a / secret: "yes" & more';
export const client = { id: "readroom of the ward", secret };

/** A certified OpenID provider on this machine, at another host than the server, that demands PKCE; `people` by login. */
export async function startProvider({ port, back, people }) {
  const issuer = `http://127.0.0.1:${port}`;
  const asked = [];
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [back], grant_types: ["authorization_code"], response_types: ["code"] }],
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["preferred_username", "given_name", "family_name"] },
    cookies: { keys: [randomBytes(32).toString("hex")] },
    findAccount: (_, login) => people[login] && { accountId: login, claims: () => ({ sub: login, ...people[login] }) },
  });
  provider.use((ctx, next) => {
    asked.push({ path: ctx.path, query: { ...ctx.query }, authorization: ctx.get("authorization") });
    return next();
  });
  const server = provider.listen(port, "127.0.0.1");
  await once(server, "listening");
  const stop = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { issuer, asked, stop };
}
