import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** `embed.js`: one classic script for any page, without imports and with one global. */
export default defineConfig({
  root: at("."),
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: at("./dist"),
    emptyOutDir: false,
    target: "es2022",
    reportCompressedSize: false,
    lib: {
      entry: at("./src/pages/embed.ts"),
      name: "BarrageEmbed",
      formats: ["iife"],
      fileName: () => "embed.js",
    },
  },
});
