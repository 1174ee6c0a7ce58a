/** Bundles the page with vite, beside the old bundle, and swaps the two when complete. Quiet unless it fails. */
import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { markWebFresh, WEB_DIST, webSourceDigest } from "./bootstrap/web-sources.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WEB = join(ROOT, "apps", "web");

/** Every `vite*.config.ts` of apps/web is one build into the same folder: the pages, the embed script. */
export async function buildWeb(): Promise<void> {
  const digest = webSourceDigest(ROOT);
  const dist = join(ROOT, WEB_DIST);
  const fresh = `${dist}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const configs = readdirSync(WEB).filter((name) => /^vite.*\.config\.ts$/.test(name));
  if (configs.length === 0) throw new Error("apps/web has no vite.config.ts");
  for (const name of configs.toSorted()) {
    await build({
      root: WEB,
      configFile: join(WEB, name),
      logLevel: "error",
      build: { outDir: fresh, emptyOutDir: false },
    });
  }
  markWebFresh(fresh, digest);
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
}

if (import.meta.main) {
  try {
    await buildWeb();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
