/**
 * Loaded before a role's program: while the file FAULTS_POINT holds the name of a point, the process does there what the
 * point says, the first time that it comes by.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { POINTS } from "../points.ts";
import { editSources } from "./edit-sources.ts";

const path = process.env["FAULTS_POINT"] ?? "";

/** True once, where the file says the name. */
function isAt(name: string): boolean {
  if (!existsSync(path) || readFileSync(path, "utf8") !== name) return false;
  rmSync(path);
  return true;
}

Object.defineProperty(globalThis, "isFaultsPoint", { value: isAt });

editSources(
  POINTS.map(({ name, file, before, statement }) => {
    const check = `if (globalThis.isFaultsPoint(${JSON.stringify(name)})) ${statement}`;
    return { file, text: before, by: `    ${check}\n${before}` };
  }),
);
