import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onTaskFailure } from "@barrage/kernel";
import { tracedReceive } from "../../src/session/tracing.ts";
import type { ReceiveTracing } from "../../src/session/tracing.ts";
import { danmaku } from "../records.ts";

const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const BATCH = { room: "demo", items: [danmaku(1), danmaku(2, { trace: TRACE }), danmaku(3)] };

function noting(): { readonly notes: unknown[]; readonly tracing: ReceiveTracing } {
  const notes: unknown[] = [];
  return {
    notes,
    tracing: {
      begin(...step) {
        notes.push(step);
        return { end: () => void notes.push("end") };
      },
    },
  };
}

describe("the receipt of a batch", () => {
  it("[SE-18] is a step of each record that carries a trace, until the batch is handed over", () => {
    const { notes, tracing } = noting();

    tracedReceive(tracing, BATCH, () => void notes.push("handed over"));

    const step = ["receive", TRACE, { "barrage.room": "demo", "barrage.seq": 2 }];
    assert.deepEqual(notes, [step, "handed over", "end"]);
  });

  it("[SE-18] is only the handover where nothing is traced, or nobody is told, or the tracer wants no step", () => {
    const { notes, tracing } = noting();
    let handed = 0;
    const handOver = (): void => void (handed += 1);

    tracedReceive(tracing, { room: "demo", items: [danmaku(1)] }, handOver);
    tracedReceive(undefined, BATCH, handOver);
    tracedReceive({ begin: () => undefined }, BATCH, handOver);

    assert.deepEqual([notes, handed], [[], 3]);
  });

  it("[SE-18] goes on when the tracer throws, and its error is reported", async () => {
    const failures: string[] = [];
    using _ = onTaskFailure(({ error }) => void failures.push((error as Error).message));
    const fail = (message: string) => (): never => {
      throw new Error(message);
    };
    let handed = 0;

    tracedReceive({ begin: fail("at its begin") }, BATCH, () => void (handed += 1));
    tracedReceive({ begin: () => ({ end: fail("at its end") }) }, BATCH, () => void (handed += 1));

    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([handed, failures], [2, ["at its begin", "at its end"]]);
  });
});
