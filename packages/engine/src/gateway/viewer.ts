import { CLOSE, asProtocolError, protocolError, toPublicError } from "@barrage/protocol";
import type {
  BarrageError,
  DecodedClientFrame,
  ErrorFrame,
  GapFrame,
  SnapshotFrame,
} from "@barrage/protocol";
import type { ConnectRequest, Connection, Principal, Transport } from "../engine.ts";
import type { EngineSettings } from "../settings.ts";
import { Account } from "./account.ts";
import { EncodedBatch } from "./encoded-batch.ts";
import type { Level } from "./encoded-batch.ts";
import { jsonText } from "./encoding.ts";
import type { Encoding, OwnFrame } from "./encoding.ts";
import type { LedgerSum } from "./ledger.ts";
import type { Holder, OutboundBudget } from "./outbound-budget.ts";
import { Outbound } from "./outbound.ts";
import type { CatchUp } from "./catch-up.ts";
import { afterHandingOut, nextStep } from "./catching-up.ts";
import type { MissedFrame } from "./catching-up.ts";
import { PeerWatch } from "./peer-watch.ts";
import type { Fault, WatchHost } from "./peer-watch.ts";
import { answer } from "./requests.ts";
import type { Asker, RequestHost } from "./requests.ts";
import type { RoomHub } from "./room-hub.ts";
import { CLOSED, GONE, LIVE, beginning, keepBatch, keepReply, recordsWaiting } from "./viewer-state.ts";
import type { CatchingUpState, NotYetLive, ViewerState } from "./viewer-state.ts";
import { Withheld } from "./withheld.ts";

/** One for all: in a storm of joins its stack would cost more than the rest of a refusal. */
const ROOM_BUSY = protocolError("BARRAGE_ROOM_BUSY");

/** Why a connection ends whose protocol failed with a frame. */
const NOT_ENCODED = "a frame could not be encoded";

/** What a viewer's connection needs of the gateway. */
export interface ViewerHost extends RequestHost, WatchHost {
  readonly settings: EngineSettings;
  readonly budget: OutboundBudget;
  /** Viewers of the room in all processes. */
  viewersIn(hub: RoomHub): number;
  /** It is sent no more. */
  left(viewer: Viewer, code: number, reason: string): void;
  /** Its socket has ended. */
  ended(viewer: Viewer): void;
}

/** What brings a viewer to the present. */
export interface Start {
  readonly snapshot: SnapshotFrame;
  /** What follows it: of a viewer who comes back, all that it missed. */
  readonly catchUp: CatchUp;
  /** seq that it brings the viewer to. */
  readonly head: number;
  /** There is more, for which the viewer has to come back. */
  readonly isPart?: boolean;
}

/** Time that a closed connection has until its socket must have ended, ms: longer than a close handshake may take. */
const LEAVE_MS = 5_000;

/** One viewer's connection: what it is sent, what it is not sent and told of, and what it asks. */
export class Viewer implements Connection, Holder, Asker {
  readonly room: string;
  readonly principal: Principal | null;
  readonly address: string;
  readonly expiresAt: number | undefined;
  readonly since: number | undefined;
  readonly outbound: Outbound;
  readonly encoding: Encoding;
  /** Where it is subscribed; undefined before. */
  hub: RoomHub | undefined;
  /** Order in which it came there. */
  place = 0;
  publishing = 0;
  private account: Account | undefined;
  private readonly transport: Transport;
  private readonly host: ViewerHost;
  private withheld: Withheld | undefined;
  private state: ViewerState = beginning();
  private lastSeq = 0;
  private readonly watch: PeerWatch;
  /** `now()` when it was closed; 0 before. */
  private closedAt = 0;

  constructor(request: ConnectRequest, host: ViewerHost) {
    this.room = request.room;
    this.principal = request.principal;
    this.expiresAt = request.expiresAt;
    this.since = request.since;
    this.encoding = request.encoding ?? jsonText;
    this.transport = request.transport;
    this.address = request.address;
    this.host = host;
    this.outbound = new Outbound(request.transport, host.settings.outbound, host.budget, this);
    this.watch = new PeerWatch(host);
  }

  get isClosed(): boolean {
    return this.state.phase === "closed" || this.state.phase === "gone";
  }

  /** seq up to which it has been sent what the room said; undefined before its snapshot. */
  get sentUpTo(): number | undefined {
    const { phase } = this.state;
    return phase === "joining" || phase === "catching-up" ? undefined : this.lastSeq;
  }

  /** Of its room in all processes; 0 before it is subscribed. */
  get viewers(): number {
    return this.hub === undefined ? 0 : this.host.viewersIn(this.hub);
  }

  /** From now on the room's batches come here. */
  subscribe(hub: RoomHub): void {
    this.account = new Account(hub, hub.lastPlace + 1);
    this.hub = hub;
    this.place = hub.add(this);
  }

  /** While it joins: the place from which batches wait for it; 0 for none. */
  get waitsFrom(): number {
    return this.state.phase === "joining" ? (this.state.waiting[0]?.prev ?? 0) : 0;
  }

  /** Adds what became of its records. */
  addTo(sum: LedgerSum): void {
    const { account, state, outbound } = this;
    if (account === undefined) return;
    account.addTo(sum, outbound.delivered, outbound.waitingItems + recordsWaiting(state));
  }

  // ---- what the room sends -------------------------------------------------------------------------------

  /** The snapshot, then what it missed, then what came meanwhile. */
  start({ snapshot, catchUp, head, isPart = false }: Start): void {
    const { state, account } = this;
    if (state.phase !== "joining" || account === undefined) return;
    const shown = snapshot.items.length;
    const given = account.replay(
      { ...catchUp.counts, items: shown + catchUp.counts.items },
      this.encoding.replays,
    );
    this.state = {
      phase: "catching-up",
      waiting: state.waiting,
      rest: { frames: catchUp.frames, handedOut: 0, head, isPart },
    };
    this.lastSeq = snapshot.head;
    this.send(snapshot, given === 0 ? 0 : shown);
    for (const frame of state.replies) this.send(frame, 0);
    this.goOn();
  }

  /** As much of what it missed as its socket may hold; after the last of it the viewer is live. */
  private goOn(): void {
    while (this.state.phase === "catching-up") {
      const { state } = this;
      const step = nextStep(state.rest);
      if (step.type === "go-live") return this.goLive(state);
      if (step.type === "come-back") {
        if (this.outbound.waitingItems === 0)
          this.close(CLOSE.TRY_AGAIN.code, "has a part of what it missed");
        return;
      }
      const bytes = this.bytesOf(step.frame);
      if (this.isClosed || (bytes !== undefined && !this.outbound.hasRoomFor(bytes.length))) return;
      this.state = { ...state, rest: afterHandingOut(state.rest) };
      this.lastSeq = step.seq;
      if (bytes !== undefined) this.push(bytes, step.items);
    }
  }

  /** Undefined also where it cannot be encoded, which ends the connection. */
  private bytesOf(missed: MissedFrame): Uint8Array | undefined {
    if (!(missed instanceof EncodedBatch)) return this.encoded(missed);
    try {
      return missed.bytes(this.encoding, 0);
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  private goLive({ waiting, rest }: CatchingUpState): void {
    this.state = LIVE;
    this.lastSeq = rest.head;
    for (const batch of waiting) {
      try {
        this.deliver(batch);
      } catch (error) {
        this.missed(batch, error);
      }
    }
  }

  /** The operating system took what waited: the next part may go, and whoever takes its parts in time is not slow. */
  taken(): void {
    if (this.state.phase !== "catching-up" || this.outbound.isBehind) return;
    this.watch.keepsUp();
    this.goOn();
  }

  /** One batch of the room. On the hot path: no promise, no allocation while the socket keeps up. */
  deliver(batch: EncodedBatch): void {
    const { account } = this;
    if (account === undefined) return;
    const { state } = this;
    if (state.phase !== "live") {
      if (state.phase === "joining" || state.phase === "catching-up") this.wait(state, batch);
      else account.lost += batch.total;
      return;
    }
    if (batch.prev < this.lastSeq) {
      this.deliverRest(batch, account);
      return;
    }
    const full = batch.bytes(this.encoding, 0);
    this.lastSeq = batch.seq;
    if (full.length === 0) {
      account.shedExpired += batch.expired;
      return;
    }
    const level = this.outbound.choose(full.length);
    if (level > 0) {
      this.deliverPart(batch, level, account);
      return;
    }
    if (this.withheld !== undefined) this.tellWithheld();
    account.shedExpired += batch.expired;
    this.push(full, batch.count);
  }

  /** The batch could not be handed to it: what failed is its encoding, and nothing of the batch is counted yet. */
  missed(batch: EncodedBatch, error: unknown): void {
    if (this.account !== undefined) this.account.lost += batch.total;
    this.fail(error);
  }

  private wait(state: NotYetLive, batch: EncodedBatch): void {
    if (!keepBatch(state, batch)) this.fail(protocolError("BARRAGE_OVERLOADED"));
  }

  /** A batch that begins before what the viewer has: nothing of it comes twice. */
  private deliverRest(batch: EncodedBatch, account: Account): void {
    if (batch.seq <= this.lastSeq) {
      account.repeated += batch.total;
      return;
    }
    if (batch.expired > 0) {
      this.standsWithinGap(batch.total, account);
      return;
    }
    const rest = batch.after(this.lastSeq);
    this.deliver(rest);
    // After it, as it is not counted at all where that throws.
    account.repeated += batch.count - rest.count;
  }

  /** How much of a gap lies beyond the viewer's place nobody knows: it comes back and is told. */
  private standsWithinGap(count: number, account: Account): void {
    account.lost += count;
    this.close(CLOSE.TRY_AGAIN.code, "stands within a gap");
  }

  private deliverPart(batch: EncodedBatch, level: Level, account: Account): void {
    const count = batch.countAt(level);
    if (count === 0) {
      account.shedSlow += batch.count;
      account.shedExpired += batch.expired;
      this.withheld ??= new Withheld();
      this.withheld.add(batch, batch.count);
      return;
    }
    // The frame's own header tells of what this batch lacks; what was withheld before it has to be told first.
    const bytes = batch.bytes(this.encoding, count === batch.count ? 0 : level);
    if (this.withheld !== undefined) this.tellWithheld();
    account.shedSlow += batch.count - count;
    account.shedExpired += batch.expired;
    this.push(bytes, count);
  }

  private tellWithheld(): void {
    const { withheld } = this;
    this.withheld = undefined;
    for (const gap of withheld?.frames(this.room) ?? []) this.send(gap, 0);
  }

  /** A range that nobody can give any more. */
  tellGap(gap: GapFrame, count: number): void {
    const { account, state } = this;
    if (account === undefined || this.isClosed) return;
    const stands = state.phase === "catching-up" ? state.rest.head : this.lastSeq;
    // Whoever has not seen the snapshot finds there what is left of it.
    if (state.phase === "joining" || gap.to <= stands) {
      account.repeated += count;
      return;
    }
    // Who catches up would have to be told after all that waits; it comes back from where it stands.
    if (state.phase === "catching-up" || gap.from < stands) return this.standsWithinGap(count, account);
    // In the order of the chain: what was withheld before it is told first.
    if (this.withheld !== undefined) this.tellWithheld();
    account.shedExpired += count;
    this.lastSeq = gap.to;
    this.send(gap, 0);
  }

  /** A shared frame that is news only now: a slow viewer does without it. */
  tell(frame: Uint8Array): void {
    if (this.state.phase === "live" && !this.outbound.isShedding) this.push(frame, 0);
  }

  /** A frame made for this viewer alone. */
  send(frame: OwnFrame, items: number): void {
    const { state } = this;
    if (state.phase === "joining") {
      if (!keepReply(state, frame)) this.fail(protocolError("BARRAGE_OVERLOADED"));
    } else if (!this.isClosed) {
      const bytes = this.encoded(frame);
      if (bytes !== undefined) this.push(bytes, items);
      else if (this.account !== undefined && items > 0) this.account.lost += items;
    }
  }

  /** Undefined also where it cannot be encoded, which ends the connection and nothing else. */
  private encoded(frame: OwnFrame): Uint8Array | undefined {
    try {
      return this.encoding.encode(frame);
    } catch {
      this.close(CLOSE.TRY_AGAIN.code, NOT_ENCODED);
      return undefined;
    }
  }

  /** A ready frame that must go out. */
  private push(frame: Uint8Array, items: number): void {
    if (this.isClosed) {
      if (this.account !== undefined) this.account.lost += items;
      return;
    }
    const pushed = this.outbound.push(frame, items);
    if (pushed === "written") return;
    if (this.account !== undefined) this.account.lost += items;
    if (pushed === "overflow") this.close(CLOSE.SLOW_CONSUMER.code, "slow consumer");
  }

  /** The socket's buffer became empty: the quiet end of a slow spell, told even if nothing more is said in the room. */
  drained(): void {
    if (this.state.phase === "gone") return;
    this.outbound.settle();
    this.watch.keepsUp();
    if (this.withheld !== undefined && !this.outbound.isShedding) this.tellWithheld();
    this.goOn();
  }

  // ---- what the client sends -----------------------------------------------------------------------------

  receive(frame: DecodedClientFrame): void {
    if (this.isClosed || this.endsFor(this.watch.heard())) return;
    // What is withheld the client is told of when its socket has drained.
    const sent = this.withheld?.from ?? this.lastSeq;
    if (frame.type === "ping" && frame.seq !== undefined && this.endsFor(this.watch.has(frame.seq, sent)))
      return;
    answer(this, frame, this.host);
  }

  noticed(): void {
    if (!this.isClosed) this.endsFor(this.watch.counted());
  }

  /** True when there was a fault, and the connection has been closed for it. */
  private endsFor(fault: Fault | undefined): boolean {
    if (fault !== undefined) this.close(fault.code, fault.reason);
    return fault !== undefined;
  }

  // ---- the end -------------------------------------------------------------------------------------------

  /** Called about once a second for every connection: silence, slowness and expired tokens, without a timer each. */
  check(now: number, wall: number): void {
    // The token first: who comes back for idleness would come back with the same token.
    if (this.expiresAt !== undefined && wall >= this.expiresAt)
      return this.close(CLOSE.TOKEN_EXPIRED.code, "token expired");
    this.endsFor(this.watch.look(now, this.outbound.isBehind));
  }

  /** Called as `check` is, once it is closed: a peer that takes nothing would keep its socket, and what that holds, for ever. */
  checkLeaving(now: number): void {
    if (now - this.closedAt > LEAVE_MS) this.transport.cut();
  }

  /** It may not stay now, and is told when to come back. */
  turnAway(retryMs: number, known: BarrageError = ROOM_BUSY): void {
    const error: ErrorFrame = { type: "error", ...toPublicError(known), retry_after_ms: retryMs };
    this.lastWords(known, [error, { type: "bye", reason: "busy", retry_ms: retryMs }]);
  }

  fail(error: unknown): void {
    const known = asProtocolError(error);
    if (this.isClosed) return;
    const retryMs = known.fields["retryAfterMs"];
    if (typeof retryMs === "number") this.turnAway(retryMs, known);
    else this.lastWords(known, [{ type: "error", ...toPublicError(known) }]);
  }

  /** Also instead of a snapshot, so not through `send`. */
  private lastWords({ spec, code }: BarrageError, frames: readonly OwnFrame[]): void {
    for (const frame of frames) {
      const bytes = this.encoded(frame);
      if (bytes !== undefined) this.push(bytes, 0);
    }
    this.close(spec.close ?? CLOSE.TRY_AGAIN.code, code);
  }

  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.end(code, reason);
    this.transport.close(code, reason);
  }

  get unsentBytes(): number {
    return this.outbound.unsentBytes;
  }

  /** Everybody together holds too much, and nobody holds more than this one. */
  cutOff(): void {
    this.close(CLOSE.SLOW_CONSUMER.code, "outbound budget of the process");
    this.transport.cut();
  }

  gone(code: number): void {
    if (this.state.phase === "gone") return;
    if (!this.isClosed) this.end(code, "gone");
    this.state = GONE;
    const lost = this.outbound.finish();
    if (this.account !== undefined) this.account.lost += lost;
    this.host.ended(this);
  }

  private end(code: number, reason: string): void {
    const { state, account } = this;
    if (account !== undefined) {
      account.lost += recordsWaiting(state);
      account.close();
    }
    this.state = CLOSED;
    this.closedAt = this.host.now();
    this.host.left(this, code, reason);
  }
}
