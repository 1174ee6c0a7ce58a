import { isCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { loadError } from "../errors.ts";
import type { ProtocolAdapter, Target, ViewerConnection } from "../protocol/adapter.ts";
import type { AnnouncedGap, BatchHeader, ReceivedRecord, StreamSink } from "../stream/stream-sink.ts";
import type { ViewerStream } from "../stream/viewer-stream.ts";
import type { SecondTally } from "./second.ts";

/** A viewer who is not let in by then never is, ms; ten times what a loaded server takes. */
const JOIN_LIMIT_MS = 10_000;

interface ViewerParts {
  readonly adapter: ProtocolAdapter;
  readonly target: Target;
  readonly room: string;
  readonly stream: ViewerStream;
  readonly tally: SecondTally;
  readonly ctx: Context;
}

/** A viewer who holds a connection, loses it, and comes back with the place it had. */
export class Viewer implements StreamSink {
  readonly room: string;
  readonly stream: ViewerStream;
  readonly #parts: ViewerParts;
  #connection: ViewerConnection | undefined;
  #openedAt = 0;
  #joined = Promise.withResolvers<void>();

  constructor(parts: ViewerParts) {
    this.#parts = parts;
    this.room = parts.room;
    this.stream = parts.stream;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Resolves when the server has let the viewer in. Errors: LOAD_UNREACHABLE. */
  async connect(): Promise<void> {
    const { adapter, target, room, stream, ctx } = this.#parts;
    this.#openedAt = ctx.clock.now();
    this.#joined = Promise.withResolvers<void>();
    this.#joined.promise.catch(() => {});
    const now = (): number => ctx.clock.now();
    this.#connection = adapter.view(target, { room, since: stream.resumeFrom, now }, this);
    const late = ctx.clock.setTimer(JOIN_LIMIT_MS, () => this.#joined.reject(this.#silent()));
    try {
      await Promise.race([this.#connection.opened, this.#joined.promise]);
      await this.#joined.promise;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      ctx.clock.clearTimer(late);
    }
  }

  /** Cuts the connection and makes it again. A failure to come back is counted, not thrown. */
  async comeBack(): Promise<void> {
    if (this.#connection !== undefined) {
      this.#connection.close();
      this.#parts.tally.closed(CUT_BY_US);
    }
    this.stream.comesBack(this.#parts.ctx.clock.now());
    try {
      await this.connect();
    } catch (error) {
      if (isCancelled(error)) throw error;
      this.#parts.tally.fault("a viewer could not come back");
    }
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
    this.#connection?.close();
    this.#connection = undefined;
    this.#joined.resolve();
  }

  joined(head: number | undefined, missed: readonly ReceivedRecord[], at: number): void {
    this.#parts.tally.connected(at - this.#openedAt);
    this.stream.joined(head, missed, at);
    this.#joined.resolve();
  }

  record(record: ReceivedRecord, at: number): void {
    this.stream.record(record, at);
  }

  wantsRecords(header: BatchHeader): boolean {
    return this.stream.wantsRecords(header);
  }

  batch(header: BatchHeader, records: readonly ReceivedRecord[] | undefined, at: number): void {
    this.stream.batch(header, records, at);
  }

  gap(gap: AnnouncedGap): void {
    this.stream.gap(gap);
  }

  fault(name: string): void {
    this.stream.fault(name);
  }

  closed(code: number): void {
    this.#connection = undefined;
    this.stream.closed(code);
    this.#joined.reject(this.#refused(`the viewer's connection was closed with ${code}`));
  }

  #silent(): Error {
    return this.#refused(`no viewer was let in within ${JOIN_LIMIT_MS} ms`);
  }

  #refused(reason: string): Error {
    const { host, port } = this.#parts.target;
    return loadError("LOAD_UNREACHABLE", { target: `${host}:${port}`, reason });
  }
}

/** Close code under which our own cuts are counted: the network's "no close frame". */
const CUT_BY_US = 1006;
