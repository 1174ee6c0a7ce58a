import { nextTurn, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

export type Watch = <T extends object>(object: T) => T;

interface Decoder {
  /** The part of a line that has come so far. */
  rest: string;
}

const STREAMS = [
  ["hello", " world\n"],
  ["good", " night\n"],
] as const;

/** The whole lines of a chunk; what is left stays in the decoder. */
async function decode(decoder: Decoder, chunk: string): Promise<readonly string[]> {
  const text = decoder.rest + chunk;
  await nextTurn(); // inflating takes its time
  const lines = text.split("\n");
  decoder.rest = lines.pop() ?? ""; // guilty
  return lines;
}

/** Two streams go through one decoder. */
export async function run(watch: Watch = (object) => object): Promise<Measured> {
  const decoder = watch({ rest: "" });
  const read: string[] = [];
  await scope((s) => {
    for (const chunks of STREAMS) {
      s.spawn(async () => {
        for (const chunk of chunks) read.push(...(await decode(decoder, chunk)));
      });
    }
  });
  return { what: "lines", meant: "hello world | good night", got: read.join(" | ") };
}
