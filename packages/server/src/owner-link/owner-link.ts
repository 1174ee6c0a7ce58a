import { connect } from "node:net";
import type { Socket } from "node:net";
import { TRACEPARENT } from "@barrage/engine";
import { Backoff, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { encodeFrame, bad } from "./codec.ts";
import type { Frame, Frames } from "./codec.ts";
import { errorFromLink } from "./error-on-link.ts";
import { LINK_VERSION } from "./frames.ts";
import type { OwnerFrames, WorkerFrames, WorkerName } from "./frames.ts";
import { LinkSocket } from "./link-socket.ts";
import { PendingCalls } from "./pending-calls.ts";

/** What a worker does with what the owner sends. */
export interface OwnerLinkHandlers {
  /** A new link stands; what is sent now goes before every call. */
  ready(): void;
  lost(error: Error | undefined): void;
  batch(batch: OwnerFrames["batch"]): void;
  viewers(viewers: OwnerFrames["viewers"]): void;
  status(status: OwnerFrames["status"]): void;
  /** The owner will never take this worker; no more links are tried. */
  refused(error: Error): void;
}

export interface OwnerLinkParts {
  readonly path: string;
  readonly worker: WorkerName;
  readonly handlers: OwnerLinkHandlers;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

/** 16 MiB of publishes, or as many as the busiest second has on one worker: more would only wait longer. */
const CALL_BOUNDS = { maxCalls: 32_768, maxBytes: 16_777_216 };
/** Unsent bytes to an owner that does not read: all calls that may wait, and reports. */
const UNSENT_MAX_BYTES = 33_554_432;
/** Between two tries to reach the owner, ms: it is replaced within a second, and all workers come back at once. */
const RECONNECT = { base: 20, max: 1_000, jitter: "full" } as const;
/** When a publish that met no owner is worth another try, ms: about as long as a new owner takes. */
const RETRY_AFTER_MS = 1_000;

/** How long to wait for a link when there is none; absent: not at all. */
export interface Patience {
  readonly waitMs: number;
}

type State =
  | { readonly phase: "away" | "refused" | "closed" }
  | { readonly phase: "greeting" | "ready"; readonly socket: LinkSocket };

/**
 * A worker's link to the owner, made again whenever it is lost.
 *
 * Shape      one link at a time. Frames keep their order within a link; nothing of an old link arrives in a new one.
 * Errors     from `ask`: BARRAGE_UNAVAILABLE at once when there is no link, BARRAGE_LOG_UNAVAILABLE when it was lost
 *            before the answer (so what was asked may have been done), BARRAGE_OVERLOADED over its bounds.
 */
export class OwnerLink {
  private readonly parts: OwnerLinkParts;
  private readonly pending = new PendingCalls(CALL_BOUNDS);
  private readonly arrivals = new Set<() => void>();
  private state: State = { phase: "away" };

  constructor(parts: OwnerLinkParts) {
    this.parts = parts;
  }

  get isReady(): boolean {
    return this.state.phase === "ready";
  }

  /** Calls that wait for their answers. */
  get waiting(): number {
    return this.pending.size;
  }

  /** Keeps a link until cancelled or refused for good. */
  async run(ctx: Context): Promise<void> {
    const { random } = this.parts;
    let backoff = new Backoff({ ...RECONNECT, random });
    try {
      while (this.state.phase !== "refused") {
        if (await this.once(ctx)) backoff = new Backoff({ ...RECONNECT, random });
        await sleep(backoff.next(), ctx);
      }
    } finally {
      this.close();
    }
  }

  /** Ends the link for good. */
  close(): void {
    const { state } = this;
    if (state.phase !== "refused") this.state = { phase: "closed" };
    if ("socket" in state) state.socket.end();
    this.pending.dropAll(() => protocolError("BARRAGE_LOG_UNAVAILABLE"));
  }

  /** Resolves once there is a link; after `ms` with BARRAGE_UNAVAILABLE. */
  async arrive(ms: number, ctx: Context): Promise<void> {
    if (!this.isReady) await this.arrival(ms, ctx);
  }

  private async arrival(ms: number, ctx: Context): Promise<void> {
    using limit = ctx.cancellable({ name: "wait for the owner" });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.arrivals.add(resolve);
    try {
      await Promise.race([promise, sleep(ms, limit)]);
    } finally {
      this.arrivals.delete(resolve);
    }
    if (!this.isReady) throw this.unavailable();
  }

  /** A frame that is of use only now; without a link it is nothing. */
  send<K extends keyof WorkerFrames>(kind: K, body: WorkerFrames[K]): void {
    if (this.state.phase === "ready") this.state.socket.write(encodeFrame(kind, body as Frames[K]));
  }

  /** Asks once: a second time could do it twice. */
  async ask(name: string, args: readonly unknown[], ctx: Context): Promise<unknown> {
    const { state } = this;
    if (state.phase !== "ready") throw this.unavailable();
    ctx.throwIfCancelled();
    const id = this.pending.nextId();
    const frame = encodeFrame("call", { id, name, args, ...limitsOf(ctx) });
    const answer = this.pending.add(id, frame.length);
    state.socket.write(frame);
    using _ = ctx.onCancel((cause) => {
      if (this.pending.drop(id, cause)) this.send("cancel", { id });
    });
    try {
      return await answer;
    } catch (error) {
      ctx.throwIfCancelled();
      throw error;
    }
  }

  /** Asks what may be asked twice: waits for a link, and asks again when it is lost meanwhile. */
  async askPatiently(
    name: string,
    args: readonly unknown[],
    { waitMs }: Patience,
    ctx: Context,
  ): Promise<unknown> {
    const until = ctx.clock.now() + waitMs;
    for (;;) {
      await this.arrive(Math.max(0, until - ctx.clock.now()), ctx);
      const before = this.state;
      try {
        return await this.ask(name, args, ctx);
      } catch (error) {
        if (this.state === before || ctx.cancelled) throw error;
      }
    }
  }

  private unavailable(): Error {
    // Spread, so that those who waited together do not come back together.
    const retryAfterMs = Math.round(RETRY_AFTER_MS * (1 + this.parts.random()));
    return protocolError("BARRAGE_UNAVAILABLE", { retryAfterMs });
  }

  /** One link from its beginning to its end; true if it stood. */
  private async once(ctx: Context): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = connect(this.parts.path);
    let stood = false;
    const link = this.wrap(socket, (error) => {
      stood = this.isReady;
      this.left(error);
      resolve(stood);
    });
    socket.once("connect", () => {
      if (this.state.phase === "closed") return link.cut();
      this.state = { phase: "greeting", socket: link };
      link.send("hello", { ...this.parts.worker, version: LINK_VERSION });
    });
    using _ = ctx.onCancel(() => link.cut());
    return await promise;
  }

  private wrap(socket: Socket, ended: (error: Error | undefined) => void): LinkSocket {
    return new LinkSocket(socket, UNSENT_MAX_BYTES, { frame: (frame) => this.receive(frame), ended });
  }

  private left(error: Error | undefined): void {
    const wasReady = this.isReady;
    if (this.state.phase !== "refused" && this.state.phase !== "closed") this.state = { phase: "away" };
    this.pending.dropAll(() => protocolError("BARRAGE_LOG_UNAVAILABLE"));
    if (wasReady) this.parts.handlers.lost(error);
  }

  private receive(frame: Frame): void {
    const { handlers } = this.parts;
    switch (frame.kind) {
      case "result":
        return this.pending.succeed(frame.body);
      case "failure":
        return this.pending.fail(frame.body);
      case "batch":
        return handlers.batch(frame.body);
      case "viewers":
        return handlers.viewers(frame.body);
      case "status":
        return handlers.status(frame.body);
      case "welcome":
        return this.welcomed();
      case "refused":
        this.state = { phase: "refused" };
        return handlers.refused(errorFromLink(frame.body.error));
      case "hello":
      case "enter":
      case "leave":
      case "call":
      case "cancel":
      case "report":
        throw bad(`an owner sends no ${frame.kind} frame`);
    }
  }

  private welcomed(): void {
    if (this.state.phase !== "greeting") return;
    this.state = { phase: "ready", socket: this.state.socket };
    this.parts.handlers.ready();
    for (const arrived of this.arrivals) arrived();
  }
}

function limitsOf(ctx: Context): { timeoutMs?: number; trace?: string } {
  const trace = ctx.value(TRACEPARENT);
  return {
    ...(ctx.deadline === undefined ? {} : { timeoutMs: Math.max(0, ctx.deadline - ctx.clock.now()) }),
    ...(trace === undefined ? {} : { trace }),
  };
}
