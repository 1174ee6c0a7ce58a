import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FromChild } from "../../src/supervisor/messages.ts";
import { decodeFromChild, decodeToChild } from "../../src/supervisor/messages.ts";
import { Questions } from "../../src/supervisor/questions.ts";

const OPEN_MAX = 256;

function asked() {
  const sent: (FromChild & { readonly type: "ask" })[] = [];
  return { sent, questions: new Questions((question) => sent.push(question)) };
}

describe("questions of a process", () => {
  it("[WK-50] get their own answers, whatever their order", async () => {
    const { sent, questions } = asked();
    const first = questions.about("metrics");
    const second = questions.about("ledger", "r");

    questions.answered(sent[1]?.id ?? 0, "b");
    questions.answered(sent[0]?.id ?? 0, "a");
    questions.answered(99, "nobody's");

    assert.deepEqual([await first, await second], ["a", "b"]);
    assert.deepEqual(sent[1], { type: "ask", id: 2, question: "ledger", room: "r" });
  });

  it("[WK-58] are refused once the supervisor is no more, and when too many wait", async () => {
    const { questions } = asked();
    const open = Array.from({ length: OPEN_MAX }, () => questions.about("workers"));
    await assert.rejects(questions.about("workers"), { code: "SERVER_SUPERVISOR_SILENT" });

    questions.close();

    for (const each of open) await assert.rejects(each, { code: "SERVER_SUPERVISOR_SILENT" });
    await assert.rejects(questions.about("workers"), { code: "SERVER_SUPERVISOR_SILENT" });
  });
});

describe("control messages", () => {
  it("[WK-44] that are none are refused with a code, whatever they are", () => {
    const load = { connections: 1, queue: 0, cpuShare: 0.5, loopDelayMs: 1, residentBytes: 1 };
    assert.equal(decodeFromChild({ type: "report", load }).type, "report");
    assert.equal(decodeToChild({ type: "drain" }).type, "drain");

    const foreign: readonly unknown[] = [
      undefined,
      null,
      "ready",
      [],
      {},
      { type: "what" },
      { type: "report", load: { ...load, queue: -1 } },
      { type: "report", load: { ...load, queue: Number.NaN } },
      { type: "ready", address: { address: "x", family: "IPv4", port: 0 } },
      { type: "ask", id: 1, question: "everything" },
    ];
    for (const message of foreign)
      assert.throws(() => decodeFromChild(message), { code: "SERVER_BAD_CONTROL_MESSAGE" });
    for (const message of [undefined, { type: "start" }, { type: "ready" }])
      assert.throws(() => decodeToChild(message), { code: "SERVER_BAD_CONTROL_MESSAGE" });
  });
});
