import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder for a test's server, which deletes it at its end. */
export const temporaryFolder = (server: string): string => mkdtempSync(join(tmpdir(), `barrage-${server}-`));
