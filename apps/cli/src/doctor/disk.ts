import { closeSync, fdatasyncSync, mkdtempSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../failure.ts";
import { bad, ok, warn } from "./check.ts";
import type { Finding } from "./check.ts";

const PROBE_BYTES = 4_096;
const PROBE_SYNCS = 20;
/** Above this, ms, acks are slow enough to be felt: each waits for one group's sync. */
const SLOW_SYNC_MS = 20;

export function judgeSync(medianMs: number): Finding {
  const detail = `${medianMs.toFixed(2)} ms (median of ${PROBE_SYNCS} of ${PROBE_BYTES} bytes)`;
  return medianMs <= SLOW_SYNC_MS
    ? ok("fsync", detail)
    : warn("fsync", detail, "every ack waits for one; a local SSD is faster than a network or shared disk");
}

function medianSyncMs(folder: string): number {
  const probe = mkdtempSync(join(folder, ".doctor-"));
  try {
    const file = openSync(join(probe, "probe"), "w");
    try {
      const block = Buffer.alloc(PROBE_BYTES, 1);
      const spans: number[] = [];
      for (let count = 0; count < PROBE_SYNCS; count += 1) {
        const startedAt = performance.now();
        writeSync(file, block);
        fdatasyncSync(file);
        spans.push(performance.now() - startedAt);
      }
      return spans.toSorted((a, b) => a - b)[PROBE_SYNCS / 2] ?? 0;
    } finally {
      closeSync(file);
    }
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

/** Is the data folder there to be written, and how fast does its disk promise that bytes are safe? */
export function checkDisk(folder: string): readonly Finding[] {
  try {
    mkdirSync(folder, { recursive: true });
    const sync = judgeSync(medianSyncMs(folder));
    return [ok("data", `${folder} can be written`), sync];
  } catch (error) {
    return [bad("data", `${folder} cannot be written: ${reasonOf(error)}`, "choose another with --data")];
  }
}
