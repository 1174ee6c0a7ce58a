import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { ROOT, type Publishable } from "./packages.ts";

const ATTW = join(ROOT, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js");

/** What publint and "are the types wrong" have to say against a built package; empty when it may be published. */
export async function complaintsAbout({ out, manifest }: Publishable): Promise<string[]> {
  const { messages } = await publint({ pkgDir: out, strict: true });
  // `formatMessage` gives nothing for a message it has no words for; its code is then all there is.
  const complaints = messages.map(
    (message) => formatMessage(message, manifest, { color: false }) ?? message.code,
  );
  const attw = spawnSync(
    process.execPath,
    [ATTW, "--pack", out, "--profile", "esm-only", "--no-color", "--no-emoji"],
    {
      encoding: "utf8",
    },
  );
  if (attw.status !== 0) complaints.push(`${attw.stdout}${attw.stderr}`.trim());
  return complaints;
}
