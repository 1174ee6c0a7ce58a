import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { WEB_DIST } from "../bootstrap/web-sources.mjs";
import { ROOT, type Publishable, type SourceManifest } from "./packages.ts";

/** Writes one package as it is published: compiled files of today's sources, papers, and a manifest that points at them. */
export function assemble({ folder, out, manifest }: Publishable): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  copyCompiled(folder, out);
  for (const paper of [join(folder, "README.md"), join(ROOT, "LICENSE")]) {
    if (!existsSync(paper)) throw new Error(`${manifest.name} has no ${paper.slice(ROOT.length)}`);
    cpSync(paper, join(out, paper.slice(dirname(paper).length + 1)));
  }
  if (manifest.bin !== undefined) {
    cpSync(join(folder, "bin"), join(out, "bin"), { recursive: true });
    // The server behind the command finds the page here: apps/cli/src/serve/web-root.ts.
    cpSync(join(ROOT, WEB_DIST), join(out, "dist", "web"), { recursive: true });
  }
  writeFileSync(join(out, "package.json"), `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`);
}

/** Goes by the sources, so that what tsc left behind from a deleted one is not published. */
function copyCompiled(folder: string, out: string): void {
  for (const source of globSync("**/*.{ts,tsx}", { cwd: join(folder, "src") })) {
    if (source.endsWith(".d.ts")) continue;
    const stem = source.replace(/\.tsx?$/, "");
    for (const ending of [".js", ".d.ts"]) {
      const target = join(out, "dist", stem + ending);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, published(readFileSync(join(folder, "dist", stem + ending), "utf8")));
    }
  }
}

/** tsc rewrites `.ts` specifiers in JavaScript but not in declarations; source maps would point at absent sources. */
const published = (text: string): string =>
  text
    .replaceAll(/((?:from |import\()["']\.{1,2}\/[^"']+)\.tsx?(["'])/g, "$1.js$2")
    .replaceAll(/^\/\/# sourceMappingURL=.*\n?/gm, "");

function publishedManifest(manifest: SourceManifest): Record<string, unknown> {
  const { name, version, description, license, type, engines, bin, dependencies } = manifest;
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    ...(bin === undefined ? {} : { bin }),
    exports: Object.fromEntries(
      Object.entries(manifest.exports).map(([key, path]) => [key, publishedExport(path)]),
    ),
    files: ["dist", ...(bin === undefined ? [] : ["bin"])],
    publishConfig: { access: "public" },
    ...(dependencies === undefined ? {} : { dependencies }),
  };
}

function publishedExport(path: string | null): unknown {
  if (path === null) return null;
  const stem = path.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, "");
  return { types: `${stem}.d.ts`, default: `${stem}.js` };
}
