import { dispose, Scope } from "@barrage/kernel";
import type { AckFrame, Author, PublishBody, RoomPolicies, RoomView } from "@barrage/protocol";
import {
  CLIENT_FRAME_MAX_BYTES,
  CLIENT_MSG_ID,
  CLIENT_MSG_ID_RULE,
  encodeClientFrame,
  protocolError,
} from "@barrage/protocol";
import type { ResolvedOptions } from "./connection-options.ts";
import { Delivery } from "./delivery.ts";
import { clientError, remoteError } from "./errors.ts";
import { socketAddress } from "./link/address.ts";
import { decodeServerFrame } from "./link/decode-server-frame.ts";
import { Emitter } from "./link/emitter.ts";
import type { Unsubscribe } from "./link/emitter.ts";
import { Socket } from "./link/socket.ts";
import { Timers } from "./link/timers.ts";
import { Outbox } from "./outbox/outbox.ts";
import type { Sendable } from "./outbox/outbox.ts";
import type { Effect, RoomEvents } from "./session/effects.ts";
import type { ConnectionState, Session, TimerName } from "./session/state.ts";
import { startSession } from "./session/state.ts";
import { step } from "./session/transitions.ts";
import type { Happening, Policy } from "./session/transitions.ts";
import { tracedReceive } from "./session/tracing.ts";
import { ServerClock } from "./time/server-clock.ts";

// Twice the slowest handshake seen on bad mobile networks is about 10 s; a phone that waits longer starts over.
const HANDSHAKE_MS = 10_000;
const PONG_MS = 10_000;
const STABLE_MS = 5_000;

const encoder = new TextEncoder();

/**
 * A viewer's connection to one room: it comes back by itself until it is closed.
 *
 * Shape      events by `on`; one socket at a time; every timer is a task of its scope.
 * Bounds     memory does not grow with time: rules SE-30 to SE-33.
 * Errors     `send` rejects with the server's code or a BARRAGE_CLIENT_ one; handlers' errors stop nothing.
 */
export class RoomConnection {
  readonly #options: ResolvedOptions;
  readonly #policy: Policy;
  readonly #scope: Scope;
  readonly #timers: Timers<TimerName>;
  readonly #deadlines: Timers<string>;
  readonly #events = new Emitter<RoomEvents>();
  readonly #delivery = new Delivery(this.#events);
  readonly #outbox: Outbox;
  readonly #clock = new ServerClock();
  readonly #parent: Disposable;
  readonly #happenings: Happening[] = [];
  #isRunning = false;
  #session: Session;
  #socket: Socket | undefined;
  #token: string | undefined;
  #state: ConnectionState = { type: "connecting", attempt: 0 };

  /** Use `connect`. */
  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#token = options.token;
    this.#session = startSession(options.since);
    this.#outbox = new Outbox(options.outboxLimit);
    this.#scope = new Scope(options.context, { name: `room ${options.room}`, onError: "report" });
    this.#timers = new Timers(this.#scope, (timer) => this.#happen({ type: "timer", timer }));
    this.#deadlines = new Timers(this.#scope, (id) => this.#expire(id));
    this.#policy = {
      room: options.room,
      backoff: options.backoff,
      handshakeMs: HANDSHAKE_MS,
      pongMs: PONG_MS,
      stableMs: STABLE_MS,
      canRefresh: options.refreshToken !== undefined,
    };
    this.#parent = options.context.onCancel(() => this.close());
    this.#happen({ type: "start" });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** As last told by the server; undefined before the first snapshot. */
  get room(): RoomView | undefined {
    return this.#delivery.room;
  }

  /** As last told by the server; everything is off before the first snapshot. */
  get policies(): RoomPolicies {
    return this.#delivery.policies;
  }

  /** Who the token names; null without one. */
  get you(): Author | null {
    return this.#delivery.you;
  }

  get viewers(): number {
    return this.#delivery.viewers;
  }

  /** Graphemes that a danmaku may have here; undefined before the first snapshot. */
  get contentMax(): number | undefined {
    return this.#delivery.contentMax;
  }

  /** seq of the last record that was applied; what to pass as `since` later. */
  get lastSeq(): number | undefined {
    return this.#session.cursor.last;
  }

  /** Round trip of the latest ping, ms. */
  get rttMs(): number | undefined {
    return this.#clock.rtt;
  }

  /** The server's wall clock, estimated, ms since 1970. */
  serverNow(): number {
    return this.#options.context.clock.wall() + this.#clock.offset;
  }

  /** Sends that have no answer yet. */
  get unanswered(): number {
    return this.#outbox.size;
  }

  on<K extends keyof RoomEvents>(event: K, handler: (value: RoomEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, handler);
  }

  /** Resolves when the danmaku is durable (or held for the moderators). Survives reconnects; published at most once. */
  send(body: PublishBody): Promise<AckFrame> {
    return this.#publish({
      ...body,
      type: "danmu",
      client_msg_id: body.client_msg_id ?? this.#options.messageId(),
    });
  }

  like(count = 1): Promise<AckFrame> {
    return this.#publish({ type: "like", count, client_msg_id: this.#options.messageId() });
  }

  /** Ends a wait: for a page that knows it is online again. */
  retryNow(): void {
    this.#happen({ type: "retry-now" });
  }

  /** Uses this token from the next connection on; for a viewer who logs in, that is at once. */
  setToken(token: string | undefined): void {
    this.#token = token;
    this.#happen({ type: "reconnect" });
  }

  /** Final. No timer, listener or callback of it remains. */
  close(): void {
    // Not queued behind what is being told at present: a handler that closes hears nothing more.
    this.#apply({ type: "close" });
    this.#events.clear();
  }

  [dispose](): void {
    this.close();
  }

  #publish(frame: Sendable): Promise<AckFrame> {
    return new Promise((resolve, reject) => {
      this.#check(frame);
      this.#outbox.add({ frame, resolve, reject });
      this.#deadlines.arm(frame.client_msg_id, this.#options.sendTimeoutMs);
      if (this.#session.phase.name === "live") this.#socket?.send(frame);
    });
  }

  /** What the server would answer by closing the connection, or not at all, is refused here. */
  #check(frame: Sendable): void {
    const { client_msg_id: id } = frame;
    if (this.#state.type === "closed") throw clientError("BARRAGE_CLIENT_CLOSED", { code: this.#state.code });
    if (!CLIENT_MSG_ID.test(id)) {
      throw protocolError("BARRAGE_BAD_FIELD", { field: "client_msg_id", rule: CLIENT_MSG_ID_RULE });
    }
    if (this.#outbox.has(id)) {
      throw protocolError("BARRAGE_BAD_FIELD", {
        field: "client_msg_id",
        rule: "waits for its answer already",
      });
    }
    if (encoder.encode(JSON.stringify(frame)).length > CLIENT_FRAME_MAX_BYTES) {
      throw protocolError("BARRAGE_FRAME_TOO_LARGE", { limit: CLIENT_FRAME_MAX_BYTES });
    }
    // Throws for what has no bytes: in the outbox it would break every connection on which it is sent again.
    if (this.#options.form === "binary") encodeClientFrame(frame);
  }

  /** One happening after the other, also when a handler causes the next one. */
  #happen(happening: Happening): void {
    this.#happenings.push(happening);
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#happenings.shift(); next !== undefined; next = this.#happenings.shift())
      this.#apply(next);
    this.#isRunning = false;
  }

  #apply(happening: Happening): void {
    const { context, random } = this.#options;
    const input = { ...happening, now: context.clock.now(), random: random() };
    const { session, effects } = step(this.#session, input, this.#policy);
    this.#session = session;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "open":
        return this.#open();
      case "drop":
        this.#socket?.drop(effect.code, effect.reason);
        this.#socket = undefined;
        return undefined;
      case "arm":
        return this.#timers.arm(effect.timer, effect.ms);
      case "disarm":
        return this.#timers.disarm(effect.timer);
      case "ping":
        return this.#ping();
      case "refresh-token":
        return this.#refreshToken();
      case "flush-outbox":
        for (const frame of this.#outbox.frames()) this.#socket?.send(frame);
        return undefined;
      case "settle":
        return this.#settle(effect.frame);
      case "pong":
        return this.#pong(effect.frame);
      case "state":
        return this.#enter(effect.state);
      case "snapshot":
        this.#clock.hint(effect.frame.ts, this.#options.context.clock.wall());
        return this.#delivery.snapshot(effect.frame, effect.items);
      case "batch":
        return tracedReceive(this.#options.tracing, { room: this.#options.room, items: effect.items }, () =>
          this.#delivery.batch(effect.frame, effect.items),
        );
      case "gap":
        return this.#events.emit("gap", effect.gap);
      case "viewers":
        return this.#delivery.count(effect.frame.count);
      case "fault":
        return this.#events.emit("error", effect.error);
    }
  }

  #open(): void {
    const { room, url, webSocket, form } = this.#options;
    const since = this.#session.cursor.last;
    const address = socketAddress(url, { room, token: this.#token, since });
    try {
      this.#socket = new Socket(webSocket, address, form, {
        message: (data) => this.#receive(data),
        closed: (code, reason) => this.#happen({ type: "socket-closed", code, reason }),
      });
    } catch (error) {
      // A page may forbid the address (mixed content, policy): the platform says so by throwing.
      this.#happen({ type: "socket-closed", code: 1006, reason: error instanceof Error ? error.name : "" });
    }
  }

  #receive(data: unknown): void {
    const frame = decodeServerFrame(data);
    if (frame === undefined) return;
    this.#happen("type" in frame ? { type: "frame", frame } : { type: "bad-frame", detail: frame.detail });
  }

  #ping(): void {
    const seq = this.#session.cursor.last;
    const t = this.#options.context.clock.now();
    this.#socket?.send({ type: "ping", t, ...(seq === undefined ? {} : { seq }) });
  }

  #pong({ t, ts }: Extract<Effect, { type: "pong" }>["frame"]): void {
    const { clock } = this.#options.context;
    if (t !== undefined) this.#clock.sample(ts, clock.wall(), clock.now() - t);
  }

  #settle(frame: Extract<Effect, { type: "settle" }>["frame"]): void {
    if (frame.type === "error") {
      const outcome = this.#outbox.refuse(frame);
      if (outcome === "refused" && frame.client_msg_id !== undefined)
        this.#deadlines.disarm(frame.client_msg_id);
      if (outcome === "unknown") this.#events.emit("error", remoteError(frame));
      return;
    }
    const pending = this.#outbox.take(frame.client_msg_id);
    if (pending !== undefined) {
      this.#deadlines.disarm(pending.frame.client_msg_id);
      pending.resolve(frame);
      this.#delivery.echo(pending.frame, frame, this.serverNow());
    }
    this.#events.emit("ack", frame);
  }

  #expire(id: string): void {
    const ms = this.#options.sendTimeoutMs;
    this.#outbox.take(id)?.reject(clientError("BARRAGE_CLIENT_SEND_TIMEOUT", { ms }));
  }

  #refreshToken(): void {
    this.#scope.spawn(
      async (ctx) => {
        const renewed = await this.#renew();
        if (!ctx.cancelled) this.#happen({ type: "token", renewed });
      },
      { name: "refresh token" },
    );
  }

  async #renew(): Promise<boolean> {
    try {
      this.#token = await this.#options.refreshToken?.();
      return true;
    } catch {
      // The caller's own failure: it is told as BARRAGE_CLIENT_TOKEN_REFRESH, and asked again after a wait.
      return false;
    }
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    if (state.type === "closed") {
      this.#scope.cancel();
      this.#parent[dispose]();
      this.#outbox.rejectAll(clientError("BARRAGE_CLIENT_CLOSED", { code: state.code }));
    }
    this.#events.emit("state", state);
  }
}
