import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

// What travels before a page shows, and what reading adds; charts come only with a chart.
const web = resolve(import.meta.dirname, "../../src/readroom/server/web");
const limits = { shell: 0.4e6, viewer: 2e6 };
const sum = { shell: gzipSync(readFileSync(join(web, "index.html"))).length, viewer: 0 };
for (const name of readdirSync(join(web, "assets"))) {
  if (name.startsWith("chart-") || /\.(br|gz)$/.test(name)) continue;
  const part = /^(index|read|app)-/.test(name) ? "shell" : "viewer";
  sum[part] += gzipSync(readFileSync(join(web, "assets", name)), { level: 9 }).length;
}
for (const [part, limit] of Object.entries(limits)) console.log(`${part}: ${(sum[part] / 1000).toFixed(0)} kB of ${limit / 1000} kB`);
process.exit(sum.shell <= limits.shell && sum.viewer <= limits.viewer ? 0 : 1);
