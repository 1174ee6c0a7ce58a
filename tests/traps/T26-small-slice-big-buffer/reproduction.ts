import { watchSlices } from "@barrage/kernel/diagnostics";
import type { Measured } from "../trap.ts";

const FRAME_BYTES = 65_536;

/** Keeps the ids, 16 bytes each, of a hundred frames. */
export async function run(): Promise<Measured> {
  const ids = Array.from({ length: 100 }, () => {
    const frame = new Uint8Array(FRAME_BYTES);
    return watchSlices(frame.subarray(0, 16), "ids"); // guilty
  });
  const kept = new Set(ids.map(({ buffer }) => buffer));
  const bytes = [...kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
  return { what: "bytes kept alive", meant: 1_600, got: bytes };
}
