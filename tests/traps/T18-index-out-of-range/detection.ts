import type { Detect } from "../trap.ts";
import { strictTypes } from "../tools/strict-types.ts";

export const detect: Detect = async (subject) => strictTypes(import.meta.url, subject);
