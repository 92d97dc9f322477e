import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const program = join(root, ".venv/bin/readroom");
const python = join(root, ".venv/bin/python");
export const images = join(process.env.READROOM_SHARED ?? resolve(root, "../shared"), "testdata");

export function freePort() {
  return new Promise((done) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** A real server on a folder, with settings that may know its address; it can be killed without warning and started again. */
async function serve(data, settingsAt = () => ({})) {
  const [port, securePort] = [await freePort(), await freePort()];
  const url = `http://localhost:${port}`;
  const environment = { ...process.env, READROOM_DATA: data, ...settingsAt(url) };
  const log = openSync(join(data, "server.log"), "a");
  let running;
  const start = async () => {
    running = spawn(program, ["serve", "--data", data, "--port", String(securePort), "--http-port", String(port)], { env: environment, detached: true, stdio: ["ignore", log, log] });
    for (let attempt = 0; attempt < 300; attempt += 1) {
      const reply = await fetch(`${url}/api/v1/gcapi/`).catch(() => null);
      if (reply?.ok) return;
      await new Promise((later) => setTimeout(later, 200));
    }
    throw new Error("the server did not start");
  };
  const kill = () => {
    try {
      process.kill(-running.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };
  await start();
  return { url, securePort, start, kill };
}

/** A server on an empty folder, with the scene; `also` starts another one beside it, on the same folder. */
export async function startServer() {
  const data = mkdtempSync(join(tmpdir(), "readroom-data-"));
  const servers = [];
  const also = async (settingsAt) => {
    servers.push(await serve(data, settingsAt));
    return servers.at(-1);
  };
  const { url, securePort, start, kill } = await also();
  const stop = () => {
    for (const server of servers) server.kill();
    rmSync(data, { recursive: true, force: true });
  };
  const built = spawnSync(python, [join(root, "tests/e2e/scene.py"), data, url, images], { encoding: "utf8", maxBuffer: 1 << 24 });
  if (built.status !== 0) {
    const told = readFileSync(join(data, "server.log"), "utf8");
    stop();
    throw new Error(`the scene was not built: ${built.stderr.slice(-2000)}\nthe server says: ${told.slice(-2000)}`);
  }
  const scene = JSON.parse(built.stdout);
  return { ...accessTo({ url, securePort, data, scene }), also, kill, start, stop };
}

/** A server and its scene as the editor reaches them. */
export function accessTo({ url, securePort, data, scene }) {
  const ask = async (method, path, body) => {
    const headers = { Authorization: `Bearer ${scene.token}`, "Content-Type": "application/json" };
    const reply = await fetch(`${url}/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return reply;
  };
  return {
    url,
    secureUrl: `https://localhost:${securePort}`,
    authority: join(data, "tls/ca.pem"),
    scene,
    json: async (path) => (await ask("GET", path)).json(),
    send: async (method, path, body) => {
      const text = await (await ask(method, path, body)).text();
      return text ? JSON.parse(text) : null;
    },
    bytes: async (path) => Buffer.from(await (await ask("GET", path)).arrayBuffer()),
  };
}

/** An interpreter with that version of the peer's client, made when it is missing. */
export function interpreterWith(version) {
  const make = "import sys; from tests.conformance.conftest import make_environment; print(make_environment(sys.argv[1]))";
  return execFileSync(python, ["-c", make, version], { cwd: root, encoding: "utf8" }).trim();
}

/** Run a script that stands beside the scene with the project's libraries. */
export function runScript(name, ...args) {
  return JSON.parse(execFileSync(python, [join(root, "tests/e2e", name), ...args], { encoding: "utf8" }));
}

/** Run a few lines of Python with the project's libraries. */
export function runPython(code, ...args) {
  return JSON.parse(execFileSync(python, ["-c", code, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
}
