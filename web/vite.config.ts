import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

import { codeSamples } from "./build/code-samples.ts";

// Two pages: the studio, where people stage rooms, and the API page, where developers read.
export default defineConfig({
  plugins: [svelte(), codeSamples()],
  build: {
    outDir: "../src/roomstage/server/pages",
    emptyOutDir: true,
    assetsDir: "static", // /assets/ is where uploads are
    assetsInlineLimit: 0, // everything is a file of the server: its content policy allows no data
    rolldownOptions: { input: { studio: "studio.html", api: "api.html" } },
  },
  server: {
    // `npm run dev` beside a running `roomstage serve`.
    proxy: Object.fromEntries(
      ["/v1", "/v2", "/studio", "/samples", "/upload-asset", "/assets/", "/results", "/openapi.json"].map(
        (path) => [path, "http://127.0.0.1:8000"],
      ),
    ),
  },
  test: { include: ["**/*.test.ts"] },
});
