import { isCancelled, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { comesBackAfter } from "@barrage/protocol";
import { loadError } from "../errors.ts";
import type { ProtocolAdapter, Target, ViewerConnection } from "../protocol/adapter.ts";
import type { AnnouncedGap, BatchHeader, ReceivedRecord, StreamSink } from "../stream/stream-sink.ts";
import type { ViewerStream } from "../stream/viewer-stream.ts";
import type { SecondTally } from "./second.ts";

/** A viewer who is not let in by then never is, ms; ten times what a loaded server takes. */
const JOIN_LIMIT_MS = 10_000;

/** What a viewer saw of one room from entering it to leaving it; its stream outlives connections. */
export interface Visit {
  readonly room: string;
  readonly stream: ViewerStream;
}

interface ViewerParts {
  readonly adapter: ProtocolAdapter;
  readonly target: Target;
  /** Begins a visit. */
  readonly visit: (room: string) => Visit;
  readonly tally: SecondTally;
  readonly ctx: Context;
}

/**
 * A viewer who enters a room, loses the connection, comes back with the place it had, leaves, and enters again.
 *
 * Shape      `out` of any room, `entering` one, `in` it, `cut` off for a while, or `lost`: the connection went and the
 *            viewer is to come back.
 */
export class Viewer implements StreamSink {
  readonly #parts: ViewerParts;
  readonly #visits: Visit[];
  #visit: Visit;
  #state: "out" | "entering" | "in" | "cut" | "lost" = "out";
  /** Did the last close say "come back"? */
  #mayReturn = true;
  /** What the server said of the wait before the next attempt, ms. */
  #toldWaitMs: number | undefined;
  #connection: ViewerConnection | undefined;
  #openedAt = 0;
  #joined = Promise.withResolvers<void>();

  constructor(parts: ViewerParts, room: string) {
    this.#parts = parts;
    this.#visit = parts.visit(room);
    this.#visits = [this.#visit];
    // Closing before the first attempt is nobody's failure.
    this.#joined.promise.catch(() => {});
  }

  get room(): string {
    return this.#visit.room;
  }

  /** All visits, the present one last. */
  get visits(): readonly Visit[] {
    return this.#visits;
  }

  get isIn(): boolean {
    return this.#state === "in";
  }

  /** Should it come back? */
  get isLost(): boolean {
    return this.#state === "lost";
  }

  /** Begins the first visit. Resolves when the server has let the viewer in. Errors: LOAD_UNREACHABLE. */
  async connect(): Promise<void> {
    const { adapter, target, ctx } = this.#parts;
    const { room, stream } = this.#visit;
    this.#state = "entering";
    this.#mayReturn = true;
    this.#toldWaitMs = undefined;
    this.#openedAt = ctx.clock.now();
    const joined = Promise.withResolvers<void>();
    this.#joined = joined;
    joined.promise.catch(() => {});
    const now = (): number => ctx.clock.now();
    const connection = adapter.view(target, { room, since: stream.resumeFrom, now }, this);
    this.#connection = connection;
    const late = ctx.clock.setTimer(JOIN_LIMIT_MS, () => joined.reject(this.#silent()));
    try {
      await Promise.race([connection.opened, joined.promise]);
      await joined.promise;
    } catch (error) {
      if (this.#connection === connection) this.close();
      throw error;
    } finally {
      ctx.clock.clearTimer(late);
    }
  }

  /** A visit of that room, after one that ended. Resolves when the viewer is in, or could not get in, which is counted. */
  async enter(room: string): Promise<void> {
    if (this.#state !== "out") return;
    this.#visit = this.#parts.visit(room);
    this.#visits.push(this.#visit);
    await this.come();
  }

  /** Like `connect`, for a viewer during the run: a failure is counted, not thrown. True when the viewer is in. */
  async come(): Promise<boolean> {
    const visit = this.#visit;
    try {
      await this.connect();
    } catch (error) {
      if (isCancelled(error)) throw error;
      // Whoever left meanwhile did not fail to get in.
      if (this.#state === "out" && this.#visit === visit && !visit.stream.hasLeft) {
        if (this.#mayReturn) this.#state = "lost";
        // Whoever is told when to come back has an answer, which is counted as what it is.
        if (this.#toldWaitMs === undefined) this.#parts.tally.fault("a viewer could not come back");
      }
    }
    return this.isIn;
  }

  /**
   * Cuts the connection, if there is one, and makes it again, after a while if so wanted. A failure to come back is
   * counted, not thrown; who is cancelled meanwhile is lost.
   */
  async comeBack(after?: { readonly ms: number; readonly ctx: Context }): Promise<boolean> {
    if (this.#state === "out" || this.#state === "entering" || this.#state === "cut") return false;
    this.#cut();
    this.#visit.stream.comesBack(this.#parts.ctx.clock.now());
    if (after !== undefined && !(await this.#stayAway(after))) return false;
    return this.come();
  }

  /** False when the viewer left meanwhile. */
  async #stayAway({ ms, ctx }: { readonly ms: number; readonly ctx: Context }): Promise<boolean> {
    this.#state = "cut";
    try {
      await sleep(ms, ctx);
      return this.#isCut;
    } finally {
      if (this.#isCut) this.#state = "lost";
    }
  }

  get #isCut(): boolean {
    return this.#state === "cut";
  }

  /** The wait before the next attempt that the server asked for, once; undefined where it said nothing. Units: ms. */
  takeToldWait(): number | undefined {
    const told = this.#toldWaitMs;
    this.#toldWaitMs = undefined;
    return told;
  }

  /** Ends the visit. */
  leave(): void {
    if (this.#state === "out") return;
    this.#cut();
    this.#visit.stream.leaves();
    this.close();
  }

  heartbeat(): void {
    this.#connection?.heartbeat();
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  close(): void {
    this.#state = "out";
    this.#connection?.close();
    this.#connection = undefined;
    this.#joined.reject(this.#refused("the viewer left before it was let in"));
  }

  joined(head: number | undefined, missed: readonly ReceivedRecord[], at: number): void {
    this.#state = "in";
    this.#parts.tally.connected(at - this.#openedAt);
    this.#visit.stream.joined(head, missed, at);
    this.#joined.resolve();
  }

  record(record: ReceivedRecord, at: number): void {
    this.#visit.stream.record(record, at);
  }

  wantsRecords(header: BatchHeader): boolean {
    return this.#visit.stream.wantsRecords(header);
  }

  batch(header: BatchHeader, records: readonly ReceivedRecord[] | undefined, at: number): void {
    this.#visit.stream.batch(header, records, at);
  }

  gap(gap: AnnouncedGap): void {
    this.#visit.stream.gap(gap);
  }

  comeBackIn(ms: number): void {
    this.#toldWaitMs = ms;
  }

  fault(name: string): void {
    this.#visit.stream.fault(name);
  }

  closed(code: number): void {
    this.#connection = undefined;
    this.#mayReturn = comesBackAfter(code);
    if (this.#state === "in") {
      this.#visit.stream.closed(code);
      this.#state = this.#mayReturn ? "lost" : "out";
    } else this.#state = "out";
    this.#joined.reject(this.#refused(`the viewer's connection was closed with ${code}`));
  }

  #cut(): void {
    if (this.#state === "in") this.#parts.tally.parted();
    this.#connection?.close();
    this.#connection = undefined;
  }

  #silent(): Error {
    return this.#refused(`no viewer was let in within ${JOIN_LIMIT_MS} ms`);
  }

  #refused(reason: string): Error {
    const { host, port } = this.#parts.target;
    return loadError("LOAD_UNREACHABLE", { target: `${host}:${port}`, reason });
  }
}
