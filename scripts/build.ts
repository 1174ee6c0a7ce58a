/**
 * Builds what is published into `build/packages/<name>`: JavaScript, declarations, papers, the page.
 *
 *   npm run build
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { webIsFresh } from "./bootstrap/web-sources.mjs";
import { buildWeb } from "./build-web.ts";
import { assemble } from "./publish/assemble.ts";
import { complaintsAbout } from "./publish/inspect.ts";
import { publishable, ROOT } from "./publish/packages.ts";

function compile(folders: readonly string[]): void {
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const result = spawnSync(process.execPath, [tsc, "-b", ...folders], { cwd: ROOT, stdio: "inherit" });
  if (result.status !== 0) process.exit(1);
}

const packages = publishable();
compile(packages.map(({ folder }) => folder));
if (!webIsFresh(ROOT)) await buildWeb();

for (const each of packages) {
  assemble(each);
  const complaints = await complaintsAbout(each);
  console.log(`${complaints.length === 0 ? "ok    " : "FAILED"}  ${each.out.slice(ROOT.length)}`);
  for (const complaint of complaints) console.log(complaint.replaceAll(/^/gm, "    "));
  if (complaints.length > 0) process.exitCode = 1;
}
