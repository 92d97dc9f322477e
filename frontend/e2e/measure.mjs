// How long a reader waits: signs in, goes on, scrolls and answers in a real browser, and prints the figures as JSON.
import { request } from "node:http";
import { connect, createServer } from "node:net";

import { openBrowser, signIn } from "./browser.mjs";

const { url, name, password, studies, link, columns } = JSON.parse(process.argv[2]);
const figures = {};

/** Runs in every page: when a viewport first showed something, when its image was complete, how often it was drawn. */
function watch() {
  const marks = { click: 0, listed: 0, drawn: {}, sharp: {}, stages: {}, draws: 0 };
  window.marks = marks;
  addEventListener("click", () => {
    marks.click = performance.now();
    marks.drawn = {};
    marks.sharp = {};
    marks.stages = {};
  }, true);
  const hasPicture = (canvas) => {
    const pixels = canvas.getContext("2d").getImageData(canvas.width / 2 - 32, canvas.height / 2 - 32, 64, 64).data;
    return pixels.some((value, index) => index % 4 !== 3 && value > 16);
  };
  const look = () => {
    if (!marks.listed && document.querySelector("article button")) marks.listed = performance.now();
    for (const pane of document.querySelectorAll("[data-viewport]")) {
      const { viewport, progress } = pane.dataset;
      const canvas = pane.querySelector("canvas");
      const stages = (marks.stages[viewport] ??= {});
      if (progress === "full") stages.coarse ??= performance.now();
      if (progress) stages[progress] ??= performance.now();
      if (!marks.drawn[viewport] && canvas?.width > 64 && hasPicture(canvas)) marks.drawn[viewport] = performance.now();
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  for (const method of ["putImageData", "drawImage"]) {
    const plain = CanvasRenderingContext2D.prototype[method];
    CanvasRenderingContext2D.prototype[method] = function draw(...given) {
      const pane = this.canvas.isConnected && this.canvas.closest("[data-viewport]");
      if (pane) marks.draws += 1;
      if (pane && given[0].width >= window.fullWidth) marks.sharp[pane.dataset.viewport] ??= performance.now();
      return plain.apply(this, given);
    };
  }
}

const seconds = (page, kind, stage, viewports = ["main"]) =>
  page
    .waitForFunction(
      ([kind, stage, viewports]) => {
        const { marks } = window;
        const ends = viewports.map((viewport) => (kind !== "stage" ? marks[kind][viewport] : marks.stages[viewport]?.[stage] && marks.drawn[viewport] && Math.max(marks.stages[viewport][stage], marks.drawn[viewport])));
        return marks.click > 0 && ends.every(Boolean) ? (Math.max(...ends) - marks.click) / 1000 : null;
      },
      [kind, stage, viewports],
      { timeout: 120_000, polling: 20 },
    )
    .then((handle) => handle.jsonValue());

/** From the list of studies to the case where the reader goes on. */
const open = (page, title) => page.getByRole("article", { name: title, exact: true }).getByRole("button", { name: "Continue" }).click();

/** A browser with nothing in its cache, at the list of studies; what the door needed, and what was fetched since. */
async function fresh(base = url) {
  const browser = await openBrowser({ width: 1920, height: 1080 });
  await browser.page.addInitScript(watch);
  await browser.page.addInitScript(`window.fullWidth = ${columns}`);
  const assets = new Set();
  browser.context.on("request", (asked) => {
    const { pathname } = new URL(asked.url());
    if (asked.url().startsWith(base) && !/^\/(api|bytes)\//.test(pathname)) assets.add(asked.isNavigationRequest() ? "/" : pathname);
  });
  await browser.page.goto(base);
  await browser.page.waitForLoadState("networkidle");
  const shell = new Set(assets);
  await signIn(browser.page, base, name, password);
  await browser.page.waitForLoadState("networkidle");
  return { ...browser, shell, assets };
}

/** Seconds from the address to the list of studies: signed in, nothing in the cache. */
async function start(cookies) {
  const { page, context, close } = await openBrowser({ width: 1920, height: 1080 });
  await page.addInitScript(watch);
  await context.addCookies(cookies);
  await page.goto(url);
  const listed = await page.waitForFunction(() => window.marks.listed / 1000, null, { polling: 20 });
  const found = await listed.jsonValue();
  await close();
  return found;
}

/** Bytes of a file's body as browsers get it. */
const sizeOnWire = (path) =>
  new Promise((done, fail) => {
    const asked = request(url + path, { headers: { "Accept-Encoding": "gzip, deflate, br, zstd" } }, (reply) => {
      let size = 0;
      reply.on("data", (part) => (size += part.length));
      reply.on("end", () => done(size));
    });
    asked.on("error", fail);
    asked.end();
  });

const megabytes = async (paths) => (await Promise.all([...paths].map(sizeOnWire))).reduce((sum, size) => sum + size, 0) / 1e6;

/** Frames a second in which the viewport was drawn while the wheel turns by a slice each frame. */
const framesPerSecond = (page, viewport, slices) =>
  page.evaluate(
    async ([viewport, slices]) => {
      const pane = document.querySelector(`[data-viewport=${viewport}]`);
      const { left, top, width, height } = pane.getBoundingClientRect();
      const turn = (deltaY) => pane.querySelector("canvas").dispatchEvent(new WheelEvent("wheel", { deltaY, bubbles: true, cancelable: true, clientX: left + width / 2, clientY: top + height / 2 }));
      const frame = () => new Promise((next) => requestAnimationFrame(next));
      const { marks } = window;
      await frame();
      const begun = performance.now();
      let drawn = 0;
      for (let step = 0; step < slices; step += 1) {
        const before = marks.draws;
        turn(step < slices / 2 ? 100 : -100);
        await frame();
        if (marks.draws > before) drawn += 1;
      }
      await frame();
      return { drawn, fps: (drawn * 1000) / (performance.now() - begun) };
    },
    [viewport, slices],
  );

async function scroll(page, viewport, slices) {
  await framesPerSecond(page, viewport, 20);
  const { drawn, fps } = await framesPerSecond(page, viewport, slices);
  if (drawn < slices * 0.8) throw new Error(`only ${drawn} of ${slices} turns of the wheel were drawn`);
  return fps;
}

async function onLoopback() {
  const { page, context, shell, assets, close } = await fresh();
  figures.shell = await megabytes(shell);
  await open(page, studies.stack);
  figures.firstImage = await seconds(page, "drawn");
  figures.full = await seconds(page, "stage", "full");
  await page.waitForTimeout(500);
  const listed = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  for (const each of listed) if (each.startsWith(`${url}/assets/`)) assets.add(new URL(each).pathname);
  figures.viewer = await megabytes([...assets].filter((path) => !shell.has(path)));
  figures.busyStackFps = await scroll(page, "main", 60);
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(6000);
  figures.stackFps = await scroll(page, "main", 120);
  figures.saved = await saving(page);
  figures.nextCase = await nextCase(page);
  await page.goto(url);
  await page.getByRole("heading", { name: "My studies" }).waitFor();
  await open(page, studies.planes);
  figures.planes = await seconds(page, "stage", "full", ["main", "secondary", "tertiary"]);
  await page.waitForTimeout(500);
  figures.planesFps = await scroll(page, "tertiary", 100);
  const cookies = await context.cookies();
  await close();
  figures.start = await start(cookies);
}

/** Seconds from the answer's request to its acknowledgement, each of several changes. */
async function saving(page) {
  for (let turn = 0; turn < 8; turn += 1) {
    await page.locator("body").press(String((turn % 2) + 1));
    await page.waitForTimeout(1500);
    await page.locator("[role=status][data-state=saved]").waitFor();
  }
  return page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter(({ name, initiatorType }) => initiatorType === "fetch" && /\/reader-studies\/answers\/([0-9a-f-]+\/)?$/.test(name))
      .map(({ duration }) => duration / 1000),
  );
}

async function nextCase(page) {
  await page.getByRole("button", { name: "Next case", exact: true }).click();
  return seconds(page, "stage", "full");
}

/** A line to the server that carries so many bytes a second to the browser, however many connections share it. */
async function slowLine(bytesPerSecond) {
  const waiting = [];
  let [allowed, filled] = [0, performance.now()];
  const carry = () => {
    const now = performance.now();
    allowed = Math.min(bytesPerSecond / 10, allowed + ((now - filled) / 1000) * bytesPerSecond);
    filled = now;
    while (allowed > 0 && waiting.length > 0) {
      const { part, browser, server } = waiting.shift();
      allowed -= part.length;
      browser.write(part);
      server.waiting -= part.length;
      if (server.waiting < 1e6) server.resume();
    }
  };
  const clock = setInterval(carry, 4);
  const sockets = new Set();
  const line = createServer((browser) => {
    const server = connect(Number(new URL(url).port), "127.0.0.1");
    server.waiting = 0;
    server.on("data", (data) => {
      server.waiting += data.length;
      for (let at = 0; at < data.length; at += 8192) waiting.push({ part: data.subarray(at, at + 8192), browser, server });
      if (server.waiting > 4e6) server.pause();
    });
    browser.pipe(server);
    for (const socket of [browser, server]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    browser.on("close", () => server.destroy());
  });
  await new Promise((listening) => line.listen(0, "127.0.0.1", listening));
  const close = () => {
    clearInterval(clock);
    for (const socket of sockets) socket.destroy();
    line.close();
  };
  return { url: `http://localhost:${line.address().port}`, close };
}

async function onSlowLink() {
  const line = await slowLine(link);
  const { page, close } = await fresh(line.url);
  await open(page, studies.stack);
  figures.firstSlow = await seconds(page, "drawn");
  figures.sharpSlow = await seconds(page, "sharp");
  figures.scrollableSlow = await seconds(page, "stage", "coarse");
  figures.fullSlow = await seconds(page, "stage", "full");
  await close();
  line.close();
}

await onLoopback();
await onSlowLink();
console.log(JSON.stringify(figures));
