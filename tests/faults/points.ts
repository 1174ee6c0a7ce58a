/** A place in a source file, and what a process does when it comes by. */
export interface Point {
  readonly name: string;
  /** The end of the file's path, below `packages`. */
  readonly file: string;
  /** Stands once in the file; what is done is done before it. */
  readonly before: string;
  readonly statement: string;
}

/** Moments that no signal from outside hits. */
export const POINTS: readonly Point[] = [
  {
    // A router's batch is in the window, and no gateway has it.
    name: "die between window and feed",
    file: "engine/src/router/publishing.ts",
    before: "    await feed.publish(withoutState(batch), ctx);",
    statement: 'process.kill(process.pid, "SIGKILL");',
  },
  {
    // A batch that Redis has sent does not come.
    name: "lose a batch",
    file: "engine/src/gateway/fan-out.ts",
    before: "    if (hub.filling !== undefined) {\n      // Written",
    statement: "return;",
  },
];
