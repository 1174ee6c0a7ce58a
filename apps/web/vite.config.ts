import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The three pages. `vite.embed.config.ts` adds embed.js to the same folder. */
export default defineConfig({
  root: at("."),
  // Pages lie at different depths (`/`, `/live/:room`), so their assets are named from the root.
  base: "/",
  publicDir: false,
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: at("./dist"),
    emptyOutDir: false,
    target: "es2022",
    modulePreload: { polyfill: false },
    // A CSP of 'self' takes no data: fonts or scripts, and there is nothing worth inlining.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: { input: [at("./index.html"), at("./live.html"), at("./overlay.html")] },
  },
});
