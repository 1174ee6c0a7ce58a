import type { Mutant } from "../support/mutation.ts";

/** Each takes away one thing that a partition's promises rest on; the harness has to notice. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "what an earlier owner wrote is not published again",
    edits: [
      {
        file: "router/partition/partition-router.ts",
        text: "if (state.head.seq > seq) await publishAgain({ window, feed }, room, seq, ctx);",
        by: "if (state.head.seq > seq) feed.note(room, state.head.seq);",
      },
    ],
  },
  {
    name: "the window takes a batch whatever its prev is",
    edits: [
      {
        file: "memory/memory-window.ts",
        text: "if (window.head.seq !== batch.prev) {",
        by: "if (window.head.seq < 0) {",
      },
    ],
  },
  {
    name: "the gateway does not look at prev",
    edits: [
      {
        file: "gateway/fan-out.ts",
        text: "const isNext = hub.last === undefined || batch.prev <= hub.last;",
        by: "const isNext = true;",
      },
    ],
  },
  {
    name: "the state is not written with the batch that changed it",
    edits: [
      {
        file: "router/publishing.ts",
        text: "return isChanged || !pending.isStored ? { state } : {};",
        by: "return isChanged && pending.isStored ? {} : { state };",
      },
    ],
  },
  {
    name: "what is folded is committed before it is published",
    edits: [
      {
        file: "router/partition/route-partition.ts",
        text: "commitPublished(publishing.published, ",
        by: "commitPublished(publishing.folded, ",
      },
    ],
  },
  {
    name: "nobody looks at the window of a room in which nobody talks",
    edits: [
      {
        file: "router/partition/route-partition.ts",
        text: "if (head.seq < seq) await restoration.fill(",
        by: "if (head.seq < 0) await restoration.fill(",
      },
    ],
  },
  {
    name: "what was committed is not looked at again after a takeover",
    edits: [
      {
        file: "router/partition/partition-router.ts",
        text: "export const LOOK_BACK = 8_192;",
        by: "export const LOOK_BACK = 0;",
      },
    ],
  },
  {
    name: "what the archiver has not archived yet is not read from the log for a window that was lost",
    edits: [
      {
        file: "router/partition/restoration.ts",
        text: "const records = await this.parts.partition.read(asOf, PAGE, ctx, state.id);",
        by: "const records: LogRecord[] = [];",
      },
    ],
  },
];
