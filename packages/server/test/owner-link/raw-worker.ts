import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { encodeFrame } from "../../src/owner-link/codec.ts";
import type { Frame, Frames } from "../../src/owner-link/codec.ts";
import { FrameCutter } from "../../src/owner-link/frame-cutter.ts";
import { LINK_VERSION } from "../../src/owner-link/frames.ts";

/** The report of a worker that has nothing to do. */
export const IDLE: Frames["report"] = {
  viewers: [],
  load: { connections: 0, queue: 0, cpuShare: 0, loopDelayMs: 0 },
  meter: { now: 0, busyMs: 0, cpuMs: 0, lateness: { timers: 0, ms: 0 } },
  work: { writes: 0, ms: 0 },
};

/** The worker's end of a link, byte by byte as a test wants it. */
export class RawWorker {
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  private wake: (() => void) | undefined;

  constructor(t: TestContext, path: string) {
    this.socket = connect(path);
    const cutter = new FrameCutter();
    this.socket.on("data", (chunk: Buffer) => {
      this.frames.push(...cutter.push(chunk));
      this.wake?.();
    });
    this.socket.on("error", () => undefined);
    this.closed = once(this.socket, "close");
    t.after(() => this.socket.destroy());
  }

  /** One that has been welcomed. */
  static async welcomed(t: TestContext, path: string, id = "raw", generation = 1): Promise<RawWorker> {
    const worker = new RawWorker(t, path);
    worker.send("hello", { id, generation, version: LINK_VERSION });
    await worker.next("welcome");
    return worker;
  }

  send<K extends keyof Frames>(kind: K, body: Frames[K]): void {
    this.socket.write(encodeFrame(kind, body));
  }

  report(viewers: Frames["report"]["viewers"]): void {
    this.send("report", { ...IDLE, viewers });
  }

  /** The first frame of a kind, now or later, that is as wanted. */
  async next<K extends keyof Frames>(
    kind: K,
    isWanted: (body: Frames[K]) => boolean = () => true,
  ): Promise<Frames[K]> {
    for (;;) {
      for (const frame of this.frames) {
        if (frame.kind === kind && isWanted(frame.body as Frames[K])) return frame.body as Frames[K];
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
