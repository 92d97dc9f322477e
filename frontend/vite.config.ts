import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env["READROOM_SERVER"] ?? "https://127.0.0.1:8443";

export default defineConfig({
  plugins: [react()],
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
