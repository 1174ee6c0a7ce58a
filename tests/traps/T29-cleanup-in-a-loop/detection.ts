import type { Detect } from "../trap.ts";
import { lint } from "../tools/lint.ts";

export const detect: Detect = async (subject) => lint(import.meta.url, subject, "cleanup-in-loop");
