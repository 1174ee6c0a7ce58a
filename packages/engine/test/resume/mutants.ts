import type { Mutant } from "../support/mutation.ts";

/** Each takes away one thing that a promise rests on; the harness has to notice. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "a router that began again does not publish again what the window has",
    edits: [
      {
        file: "router/publishing.ts",
        text: "    await feed.publish(withoutState(batch), ctx);",
        by: '    if (outcome !== "ahead") await feed.publish(withoutState(batch), ctx);',
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
    name: "the gateway does not drop by seq",
    edits: [
      {
        file: "gateway/fan-out.ts",
        text: "if (hub.last !== undefined && batch.seq <= hub.last) {",
        by: "if (hub.last !== undefined && batch.seq < 0) {",
      },
      {
        file: "gateway/viewer.ts",
        text: "if (batch.prev < this.lastSeq) {",
        by: "if (batch.prev < 0) {",
      },
    ],
  },
  {
    name: "what a viewer's snapshot had is not taken out of the batches that met it",
    edits: [
      {
        file: "gateway/viewer.ts",
        text: "if (batch.prev < this.lastSeq) {",
        by: "if (batch.prev < 0) {",
      },
    ],
  },
  {
    name: "the window is read before the viewer is subscribed",
    edits: [
      { file: "gateway/gateway.ts", text: "    viewer.subscribe(hub);\n", by: "" },
      {
        file: "gateway/gateway.ts",
        text: "      const reading = await this.joining.read(viewer, hub, known.state, ctx);\n",
        by: "      const reading = await this.joining.read(viewer, hub, known.state, ctx);\n      viewer.subscribe(hub);\n",
      },
    ],
  },
  {
    name: "control and paid records go with the others",
    edits: [
      {
        file: "memory/memory-window.ts",
        text: "else this.past.take(item, endsBatch);",
        by: 'else if (item.kind === "danmaku") this.past.take(item, endsBatch);',
      },
    ],
  },
  {
    name: "a checkpoint does not wait for what is not published yet",
    edits: [
      {
        file: "coordinator/checkpoints.ts",
        text: "await isPublished;",
        by: "void isPublished?.catch(() => undefined);",
      },
    ],
  },
  {
    name: "of a batch that the window has in part the rest is not written",
    edits: [
      {
        file: "router/publishing.ts",
        text: '    if (outcome === "ahead") await this.writeBeyond(toKeep, ctx);\n',
        by: "",
      },
    ],
  },
];
