import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const server = process.env["READROOM_SERVER"] ?? "https://127.0.0.1:8443";

const pack = promisify(brotliCompress);

/** Beside every built file its compressed form: made once here, not for every reader. Every browser knows Brotli over TLS. */
function compress(): Plugin {
  return {
    name: "compress",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      const files = Object.keys(bundle).filter((name) => /\.(js|css|wasm|svg)$/.test(name));
      for (const file of files) {
        const content = await readFile(join(dir, file));
        await writeFile(join(dir, `${file}.br`), await pack(content));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compress()],
  build: {
    target: "es2022",
    cssTarget: "chrome123",
    outDir: "../src/readroom/server/web",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: "es" },
  server: { proxy: { "/api": { target: server, secure: false, changeOrigin: true } } },
});
