import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const OUT = join(ROOT, "build", "packages");

/** Not published: testkit is for this repository's tests, and the page travels inside the cli. */
const PRIVATE = new Set(["@barrage/testkit", "@barrage/web"]);

export interface SourceManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly type: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | null>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface Publishable {
  readonly folder: string;
  readonly out: string;
  readonly manifest: SourceManifest;
}

export function publishable(): Publishable[] {
  return globSync("{packages,apps}/*/package.json", { cwd: ROOT })
    .toSorted()
    .map((path) => {
      // oxlint-disable-next-line barrage/as-on-foreign-data -- a manifest of this repository
      const manifest = JSON.parse(readFileSync(join(ROOT, path), "utf8")) as SourceManifest;
      const short = manifest.name.replace("@barrage/", "");
      return { folder: join(ROOT, dirname(path)), out: join(OUT, short), manifest };
    })
    .filter(({ manifest }) => !PRIVATE.has(manifest.name));
}
