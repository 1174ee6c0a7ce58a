import type { Edit } from "./edit.ts";

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The case that has to miss with it. */
  readonly caughtBy: string;
}

/** Each takes away one thing that a promise rests on, in every process of the site: [FT-25] by `run.ts --mutants`. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "a router that begins does not publish again what the window has",
    caughtBy: "router-between",
    edits: [
      {
        file: "engine/src/router/publishing.ts",
        text: "    await feed.publish(withoutState(batch), ctx);",
        by: '    if (outcome !== "ahead") await feed.publish(withoutState(batch), ctx);',
      },
      {
        file: "engine/src/router/partition/partition-router.ts",
        text: "if (state.head.seq > seq) await publishAgain({ window, feed }, room, seq, ctx);",
        by: "if (state.head.seq > seq) void publishAgain;",
      },
    ],
  },
  {
    name: "the gateway does not look at prev",
    caughtBy: "batch-lost",
    edits: [
      {
        file: "engine/src/gateway/fan-out.ts",
        text: "const isNext = hub.last === undefined || batch.prev <= hub.last;",
        by: "const isNext = true;",
      },
    ],
  },
  {
    name: "the gateway does not drop by seq",
    caughtBy: "router-restarted",
    edits: [
      {
        file: "engine/src/gateway/fan-out.ts",
        text: "if (hub.last !== undefined && batch.seq <= hub.last) {",
        by: "if (hub.last !== undefined && batch.seq < 0) {",
      },
      {
        file: "engine/src/gateway/viewer.ts",
        text: "if (batch.prev < this.lastSeq) {",
        by: "if (batch.prev < 0) {",
      },
    ],
  },
];
