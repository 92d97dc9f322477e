import { createServer } from "node:net";

/** What is said to each command of somebody who sends a mail. */
const replies = { EHLO: "250 localhost", HELO: "250 localhost", MAIL: "250 go on", RCPT: "250 go on", DATA: "354 end with a dot", RSET: "250 go on", NOOP: "250 go on", QUIT: "221 good bye" };

/** A mail server on this machine that keeps whatever it is sent; `next` waits for the next mail to an address. */
export async function receiveMails() {
  const mails = [];
  const waiting = [];
  const keep = (mail) => {
    mails.push(mail);
    for (const look of waiting.splice(0)) look();
  };
  const server = createServer((socket) => {
    let heard = "";
    let isInMail = false;
    const say = (reply) => socket.write(`${reply}\r\n`);
    const hear = () => {
      const end = isInMail ? "\r\n.\r\n" : "\r\n";
      const at = heard.indexOf(end);
      if (at < 0) return false;
      const part = heard.slice(0, at);
      heard = heard.slice(at + end.length);
      if (isInMail) keep(part.replaceAll("\r\n..", "\r\n."));
      const verb = part.slice(0, 4).toUpperCase();
      say(isInMail ? "250 kept" : (replies[verb] ?? "500 what?"));
      isInMail = !isInMail && verb === "DATA";
      return true;
    };
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      heard += bytes.toString("utf8");
      while (hear());
    });
    say("220 localhost takes mails");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const next = async (address) => {
    for (;;) {
      const at = mails.findIndex((mail) => mail.includes(`To: ${address}`));
      if (at >= 0) return mails.splice(at, 1)[0];
      await new Promise((done) => waiting.push(done));
    }
  };
  return { address: `smtp+plain://127.0.0.1:${server.address().port}`, next, close: () => server.close() };
}

/** The link in a mail. */
export const linkIn = (mail) => /https?:\/\/\S+/.exec(mail)[0];
