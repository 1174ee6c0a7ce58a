import type { Context } from "@barrage/kernel";
import { CLOSE, asProtocolError, protocolError, toPublicError } from "@barrage/protocol";
import type {
  AckFrame,
  DecodedClientFrame,
  ErrorFrame,
  GapFrame,
  Item,
  ServerFrame,
} from "@barrage/protocol";
import type { ConnectRequest, Connection, Principal, Publisher, PublishOutcome } from "../engine.ts";
import type { EngineSettings } from "../settings.ts";
import type { EncodedBatch } from "./encoded-batch.ts";
import { Outbound } from "./outbound.ts";
import { Withheld } from "./withheld.ts";
import { textFrame } from "./ws-frame.ts";

/**
 * Where a viewer's connection stands. `joining`: its snapshot is being read; batches and replies wait for it, because
 * the snapshot is the first frame of every connection.
 * `live`: every batch goes out as it comes. `closed`: final.
 */
type State =
  | { readonly phase: "joining"; readonly waiting: EncodedBatch[]; readonly replies: ServerFrame[] }
  | { readonly phase: "live" }
  | { readonly phase: "closed" };

/** What a viewer's connection needs of the gateway. */
export interface ViewerHost {
  readonly settings: EngineSettings;
  readonly publisher: Publisher;
  /** Runs a publish as a task of the gateway, so that it is seen and ended with it. */
  spawn(name: string, body: (ctx: Context) => Promise<void>): void;
  /** `clock.now()` and `clock.wall()` of the gateway. */
  now(): number;
  wall(): number;
  left(viewer: Viewer, code: number, reason: string): void;
  /** Records withheld or lost, for the totals. */
  shed(items: number): void;
}

/** Publishes of one connection that may be under way at once; the next one is refused until one is answered. */
const PUBLISHES_IN_FLIGHT = 32;
/** Batches that may wait for one snapshot; a window read takes far less than the 64 windows that this is. */
const BATCHES_WHILE_JOINING = 64;

/** Frames of a client between two looks of the wheel (a second): fifty times what a busy client sends. */
const FRAMES_PER_CHECK = 500;

/** One viewer's connection: what it is sent, what it is not sent and told of, and what it asks. */
export class Viewer implements Connection {
  readonly room: string;
  readonly principal: Principal | null;
  readonly expiresAt: number | undefined;
  readonly since: number | undefined;
  readonly outbound: Outbound;
  private readonly request: ConnectRequest;
  private readonly host: ViewerHost;
  private readonly withheld = new Withheld();
  private state: State = { phase: "joining", waiting: [], replies: [] };
  private lastSeq = 0;
  private publishing = 0;
  private framesSinceCheck = 0;
  private heardAt: number;
  private behindSince: number | undefined;

  constructor(request: ConnectRequest, host: ViewerHost) {
    this.room = request.room;
    this.principal = request.principal;
    this.expiresAt = request.expiresAt;
    this.since = request.since;
    this.request = request;
    this.host = host;
    this.outbound = new Outbound(request.transport, host.settings.outbound);
    this.heardAt = host.now();
  }

  get isClosed(): boolean {
    return this.state.phase === "closed";
  }

  // ---- what the room sends -------------------------------------------------------------------------------

  /** The snapshot, then what came meanwhile. `head` is the seq that the snapshot brings the viewer to. */
  start(frames: readonly ServerFrame[], head: number, items: number): void {
    if (this.state.phase !== "joining") return;
    const { waiting, replies } = this.state;
    this.state = { phase: "live" };
    this.lastSeq = head;
    for (const [i, frame] of frames.entries()) this.send(frame, i === 0 ? items : 0);
    for (const frame of replies) this.send(frame, 0);
    for (const batch of waiting) this.deliver(batch);
  }

  /** One batch of the room. On the hot path: no promise, no allocation while the socket keeps up. */
  deliver(batch: EncodedBatch): void {
    if (this.state.phase === "joining") {
      this.state.waiting.push(batch);
      if (this.state.waiting.length > BATCHES_WHILE_JOINING) this.fail(protocolError("BARRAGE_OVERLOADED"));
      return;
    }
    if (this.state.phase === "closed" || batch.seq <= this.lastSeq) return;
    this.lastSeq = batch.seq;
    if (this.withheld.some && !this.outbound.isShedding) this.tellWithheld();
    const offered = this.outbound.offer(batch.full, batch.count);
    if (offered === "written") return;
    if (offered === "overflow") this.close(CLOSE.SLOW_CONSUMER.code, "slow consumer");
    else this.withhold(batch);
  }

  private withhold(batch: EncodedBatch): void {
    this.host.shed(batch.count - batch.must.length);
    if (batch.must.length === 0) {
      this.withheld.add(batch.prev, batch.seq, batch.count);
      return;
    }
    // The frame's own header tells of what this batch lacks; what was withheld before it has to be told first.
    if (this.withheld.some) this.tellWithheld();
    this.push(batch.mustOnly, batch.must.length);
  }

  private tellWithheld(): void {
    this.send(this.withheld.take(this.room), 0);
  }

  /** A range that nobody can give any more. */
  tellGap(gap: GapFrame): void {
    if (this.state.phase !== "live") return;
    this.lastSeq = gap.to;
    this.send(gap, 0);
  }

  /** A shared frame that is news only now: a slow viewer does without it. */
  tell(frame: Uint8Array): void {
    if (this.state.phase === "live" && !this.outbound.isShedding) this.push(frame, 0);
  }

  /** A frame made for this viewer alone. */
  send(frame: ServerFrame, items: number): void {
    if (this.state.phase === "joining") this.state.replies.push(frame);
    else if (this.state.phase === "live") this.push(textFrame(JSON.stringify(frame)), items);
  }

  /** A ready frame that must go out. */
  push(frame: Uint8Array, items: number): void {
    if (this.outbound.push(frame, items) === "overflow")
      this.close(CLOSE.SLOW_CONSUMER.code, "slow consumer");
  }

  /** The socket's buffer became empty: the quiet end of a slow spell, told even if nothing more is said in the room. */
  drained(): void {
    if (this.state.phase === "closed") return;
    this.outbound.settle();
    this.behindSince = undefined;
    if (this.withheld.some && !this.outbound.isShedding) this.tellWithheld();
  }

  // ---- what the client sends -----------------------------------------------------------------------------

  receive(frame: DecodedClientFrame): void {
    this.heardAt = this.host.now();
    if (this.state.phase === "closed") return;
    this.framesSinceCheck += 1;
    if (this.framesSinceCheck > FRAMES_PER_CHECK) return this.close(CLOSE.BAD_FRAME.code, "too many frames");
    switch (frame.type) {
      case "ping":
        this.send(
          { type: "pong", ts: this.host.wall(), ...(frame.t === undefined ? {} : { t: frame.t }) },
          0,
        );
        return;
      case "invalid":
        this.refuse(frame.error, frame.client_msg_id);
        return;
      case "danmu":
      case "like":
        this.publish(frame);
    }
  }

  private publish(frame: Extract<DecodedClientFrame, { type: "danmu" | "like" }>): void {
    const { principal } = this;
    const id = frame.type === "danmu" ? frame.publish.client_msg_id : frame.client_msg_id;
    if (principal === null) return this.refuse(protocolError("BARRAGE_TOKEN_MISSING"), id);
    if (this.publishing >= PUBLISHES_IN_FLIGHT) {
      return this.refuse(protocolError("BARRAGE_RATE_LIMITED", { scope: "connection" }), id);
    }
    this.publishing += 1;
    const caller = { principal, address: this.request.address };
    const { publisher } = this.host;
    this.host.spawn("publish", async (ctx) => {
      try {
        const outcome = await (frame.type === "danmu"
          ? publisher.danmaku(caller, this.room, frame.publish, ctx)
          : publisher.like(caller, this.room, frame, ctx));
        this.send(ackOf(outcome, id), 0);
      } catch (error) {
        this.refuse(error, id);
      } finally {
        this.publishing -= 1;
      }
    });
  }

  private refuse(error: unknown, id: string | undefined): void {
    const known = asProtocolError(error);
    const after = known.fields["retryAfterMs"];
    const frame: ErrorFrame = {
      type: "error",
      ...toPublicError(known),
      ...(typeof after === "number" ? { retry_after_ms: after } : {}),
      ...(id === undefined ? {} : { client_msg_id: id }),
    };
    this.send(frame, 0);
  }

  // ---- the end -------------------------------------------------------------------------------------------

  /** Called about once a second for every connection: silence, slowness and expired tokens, without a timer each. */
  check(now: number, wall: number): void {
    const { idleMs, outbound } = this.host.settings;
    this.framesSinceCheck = 0;
    // The token first: who comes back for idleness would come back with the same token.
    if (this.expiresAt !== undefined && wall >= this.expiresAt)
      return this.close(CLOSE.TOKEN_EXPIRED.code, "token expired");
    if (now - this.heardAt > idleMs) return this.close(CLOSE.IDLE.code, "idle");
    if (!this.outbound.isBehind) this.behindSince = undefined;
    else if (this.behindSince === undefined) this.behindSince = now;
    else if (now - this.behindSince > outbound.graceMs) this.close(CLOSE.SLOW_CONSUMER.code, "slow consumer");
  }

  fail(error: unknown): void {
    const known = asProtocolError(error);
    if (this.state.phase === "closed") return;
    // Also instead of a snapshot, so not through `send`.
    this.push(textFrame(JSON.stringify({ type: "error", ...toPublicError(known) })), 0);
    this.close(known.spec.close ?? CLOSE.TRY_AGAIN.code, known.code);
  }

  close(code: number, reason: string): void {
    if (this.state.phase === "closed") return;
    this.end(code, reason);
    this.request.transport.close(code, reason);
  }

  gone(code: number): void {
    if (this.state.phase !== "closed") this.end(code, "gone");
  }

  private end(code: number, reason: string): void {
    this.outbound.settle();
    this.state = { phase: "closed" };
    this.host.left(this, code, reason);
  }
}

function ackOf(outcome: PublishOutcome, id: string | undefined): AckFrame {
  const own = id === undefined ? {} : { client_msg_id: id };
  return "seq" in outcome
    ? { type: "ack", ...own, id: outcome.id, seq: outcome.seq }
    : { type: "ack", ...own, id: outcome.id, held: true };
}

/** For a fresh viewer: what the room said last, without what is nobody's business any more. */
export const forSnapshot = (items: readonly Item[]): readonly Item[] =>
  items.filter(({ kind }) => kind !== "recall" && kind !== "like");
