import type { Socket } from "node:net";
import type { FanOutWork, GatewayFigures, ProcessMeter } from "@barrage/engine";
import { bad, encodeFrame } from "./codec.ts";
import type { Frame, Frames } from "./codec.ts";
import { LINK_VERSION } from "./frames.ts";
import type { MeterReading, OwnerFrames, WorkerFrames, WorkerLoad, WorkerName } from "./frames.ts";
import { LinkSocket } from "./link-socket.ts";
import { serverError } from "../errors.ts";
import { errorToLink } from "./error-on-link.ts";
import type { ServedCalls } from "./served-calls.ts";

/** Unsent bytes to one worker over which it is cut, for it does not read: seconds of the busiest feed. */
const UNSENT_MAX_BYTES = 67_108_864;

/** What the owner does for a worker. */
export interface WorkerHost {
  /** A worker has said who it is. Errors: SERVER_WORKER_OUTDATED. */
  welcome(link: WorkerLink): void;
  entered(link: WorkerLink, rooms: WorkerFrames["enter"]["rooms"]): void;
  left(link: WorkerLink, room: string): void;
  reported(link: WorkerLink, report: WorkerFrames["report"]): void;
  /** Once; also of a link that never said who it is. */
  ended(link: WorkerLink, error: Error | undefined): void;
}

/** The last that a worker reported of its load. */
export interface LastReport extends WorkerLoad {
  /** The owner's wall clock, ms. */
  readonly at: number;
}

const NOTHING_YET: LastReport = { connections: 0, queue: 0, cpuShare: 0, loopDelayMs: 0, at: 0 };

/** One worker's link, as the owner has it. */
export class WorkerLink {
  /** Undefined until it has said hello. */
  name: WorkerName | undefined;
  readonly rooms = new Set<string>();
  last: LastReport = NOTHING_YET;
  work: FanOutWork = { writes: 0, ms: 0 };
  private reading: MeterReading = { now: 0, busyMs: 0, cpuMs: 0, lateness: { timers: 0, ms: 0 } };
  private readonly socket: LinkSocket;
  private readonly host: WorkerHost;
  private readonly calls: ServedCalls;

  /** `callsOf` makes what answers this link's calls. */
  constructor(socket: Socket, host: WorkerHost, callsOf: (link: WorkerLink) => ServedCalls) {
    this.host = host;
    this.calls = callsOf(this);
    this.socket = new LinkSocket(socket, UNSENT_MAX_BYTES, {
      frame: (frame) => this.receive(frame),
      ended: (error) => {
        this.calls.cancelAll();
        host.ended(this, error);
      },
    });
  }

  write(frame: Buffer): void {
    this.socket.write(frame);
  }

  send<K extends keyof OwnerFrames>(kind: K, body: OwnerFrames[K]): void {
    this.write(encodeFrame(kind, body as Frames[K]));
  }

  get unsentBytes(): number {
    return this.socket.unsentBytes;
  }

  cancelOverdue(now: number): void {
    this.calls.cancelOverdue(now);
  }

  /** What was written goes out before the end. */
  end(): void {
    this.socket.end();
  }

  cut(error?: Error): void {
    this.socket.cut(error);
  }

  /** The worker's load, for the flush windows. */
  figures(viewersOf: (room: string) => number): GatewayFigures {
    const read = (): MeterReading => this.reading;
    const meter: ProcessMeter = {
      now: () => read().now,
      busyMs: () => read().busyMs,
      cpuMs: () => read().cpuMs,
      lateness: () => read().lateness,
    };
    const work = (): FanOutWork => this.work;
    return {
      viewersOf,
      meter,
      get work() {
        return work();
      },
    };
  }

  report(report: WorkerFrames["report"], wall: number): void {
    this.last = { ...report.load, at: wall };
    this.reading = report.meter;
    this.work = report.work;
  }

  private receive(frame: Frame): void {
    if (this.name === undefined) return this.greet(frame);
    switch (frame.kind) {
      case "call":
        return this.calls.begin(frame.body);
      case "cancel":
        return this.calls.cancel(frame.body.id);
      case "enter":
        return this.host.entered(this, frame.body.rooms);
      case "leave":
        return this.host.left(this, frame.body.room);
      case "report":
        return this.host.reported(this, frame.body);
      case "hello":
      case "welcome":
      case "refused":
      case "batch":
      case "result":
      case "failure":
      case "viewers":
      case "status":
        throw bad(`a worker sends no ${frame.kind} frame here`);
    }
  }

  private greet(frame: Frame): void {
    if (frame.kind !== "hello") throw bad("the first frame is no hello");
    const { version, id, generation } = frame.body;
    try {
      if (version !== LINK_VERSION)
        throw serverError("SERVER_LINK_VERSION", { theirs: version, ours: LINK_VERSION });
      this.name = { id, generation };
      this.host.welcome(this);
      this.send("welcome", { version: LINK_VERSION });
    } catch (error) {
      this.send("refused", { error: errorToLink(error) });
      this.end();
    }
  }
}
