import { Scope, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type {
  ConnectRequest,
  Connection,
  Gateway,
  OutboundFigures,
  Publisher,
  RoomLedger,
} from "../engine.ts";
import type { EngineEvent, GatewayTotals } from "../events.ts";
import type { GatewaySource } from "../gateway-source.ts";
import type { Batch, FeedSubscription, Head } from "../ports/index.ts";
import { isBanned } from "../room/state.ts";
import type { RoomState } from "../room/state.ts";
import type { EngineSettings } from "../settings.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { FanOut } from "./fan-out.ts";
import { FrameAllowance } from "./frame-allowance.ts";
import { inTurns } from "./in-turns.ts";
import { JoinGate } from "./join-gate.ts";
import { Joining } from "./joining.ts";
import type { Reading } from "./joining.ts";
import { addLedger, noRecords } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import type { FanOutWork, ProcessMeter } from "./meter.ts";
import { OutboundBudget } from "./outbound-budget.ts";
import { RoomHub } from "./room-hub.ts";
import { tellViewerCounts } from "./viewer-counts.ts";
import { Viewer } from "./viewer.ts";
import type { ViewerHost } from "./viewer.ts";

export interface GatewayParts {
  readonly source: GatewaySource;
  readonly settings: EngineSettings;
  readonly meter: ProcessMeter;
  readonly onEvent: (event: EngineEvent) => void;
  readonly random: () => number;
  readonly tracing?: Tracing | undefined;
}

/** Period of the one wheel that looks after all connections; idle and slow limits are exact to this. */
const CHECK_MS = 1_000;

/** All connections of this process, by room. */
export class LocalGateway implements Gateway, ViewerHost {
  readonly settings: EngineSettings;
  readonly publisher: Publisher;
  readonly budget: OutboundBudget;
  readonly frameAllowance: FrameAllowance;
  private readonly parts: GatewayParts;
  private readonly scope: Scope;
  private readonly hubs = new Map<string, RoomHub>();
  private readonly fanOut: FanOut;
  private readonly feed: FeedSubscription;
  private readonly joinGate: JoinGate;
  private readonly joining: Joining;
  private draining = false;
  private count = 0;
  /** Of rooms that nobody is in any more. */
  private readonly endedLedger = noRecords();

  constructor(parts: GatewayParts, ctx: Context) {
    this.parts = parts;
    this.settings = parts.settings;
    this.publisher = parts.source.publisher;
    this.joinGate = new JoinGate(parts.settings.limits.join, parts.random);
    this.budget = new OutboundBudget(parts.settings.outbound.processBytes);
    this.scope = new Scope(ctx, { name: "gateway", onError: "report" });
    this.frameAllowance = new FrameAllowance(CHECK_MS, this.now());
    const { source, meter, onEvent, tracing } = parts;
    this.joining = new Joining({
      source,
      settings: parts.settings,
      now: () => this.now(),
      wall: () => this.wall(),
      viewersIn: (hub) => this.viewersIn(hub),
    });
    this.fanOut = new FanOut({
      window: source.window,
      meter,
      onEvent,
      spawn: (name, body) => this.spawn(name, body),
      wall: () => this.wall(),
      tracing,
    });
    this.feed = this.scope.use(
      source.feed.subscribe({
        batch: (batch) => this.accept(batch),
        interrupted: (room) => this.recheck(room),
      }),
    );
    this.scope.spawn((own) => this.wheel(own), { name: "connection wheel" });
    const counts = {
      everyMs: this.settings.viewersEveryMs,
      hubs: this.hubs,
      viewersIn: (hub: RoomHub) => this.viewersIn(hub),
    };
    this.scope.spawn((own) => tellViewerCounts(counts, own), { name: "viewer counts" });
  }

  get connections(): number {
    return this.count;
  }

  get fanOutWork(): FanOutWork {
    return this.fanOut.work;
  }

  /** Batches that wait for their turn, of all rooms. */
  get backlog(): number {
    let batches = 0;
    for (const { queue, handing } of this.hubs.values())
      batches += queue.length + (handing === undefined ? 0 : 1);
    return batches;
  }

  get totals(): GatewayTotals {
    const { delivered, shed, lostAtClose } = this.ledger();
    return { duplicates: this.fanOut.duplicates, delivered, shed, lostAtClose };
  }

  get outbound(): OutboundFigures {
    const { heldBytes, peak } = this.budget;
    return { bytes: heldBytes, peakBytes: peak.process, peakConnectionBytes: peak.connection };
  }

  ledger(): Ledger {
    const sum = noRecords();
    addLedger(sum, this.endedLedger);
    for (const hub of this.hubs.values()) hub.addTo(sum);
    return sum;
  }

  *roomLedgers(): Iterable<RoomLedger> {
    for (const hub of this.hubs.values()) {
      const ledger = noRecords();
      hub.addTo(ledger);
      yield { room: hub.room, viewers: hub.viewers.size, everywhere: this.viewersIn(hub), ledger };
    }
  }

  *connectionLedgers(room: string): Iterable<Ledger> {
    for (const viewer of this.hubs.get(room)?.connections() ?? []) {
      const ledger = noRecords();
      viewer.addTo(ledger);
      yield ledger;
    }
  }

  /** Here; not in other processes. */
  viewersOf(room: string): number {
    return this.hubs.get(room)?.viewers.size ?? 0;
  }

  /** Each room that somebody is in, with the number of viewers here. */
  *viewerCounts(): Iterable<readonly [string, number]> {
    for (const { room, viewers } of this.hubs.values()) yield [room, viewers.size];
  }

  /** In all processes. */
  viewersIn({ room, viewers }: RoomHub): number {
    return viewers.size + this.parts.source.viewersElsewhere(room);
  }

  connect(request: ConnectRequest): Connection {
    const viewer = new Viewer(request, this);
    this.count += 1;
    this.fanOut.arrived();
    this.parts.onEvent({ type: "connection_opened", room: request.room });
    if (this.draining) {
      viewer.fail(protocolError("BARRAGE_DRAINING"));
      return viewer;
    }
    const delay = this.joinGate.enter(request.room, this.now());
    if (delay > 0) viewer.turnAway(delay);
    else this.spawn("join", (ctx) => this.join(viewer, request, ctx));
    return viewer;
  }

  private async join(viewer: Viewer, request: ConnectRequest, ctx: Context): Promise<void> {
    try {
      const state = await this.parts.source.requireRoom(viewer.room, 0, ctx);
      this.requireWelcome(viewer, state);
      if (viewer.isClosed) return;
      // Its room may be one that the drain has been through.
      if (this.draining) throw protocolError("BARRAGE_DRAINING");
      if (await this.subscribeThenRead(viewer, state, ctx)) this.parts.source.joined?.(request);
    } catch (error) {
      viewer.fail(error);
    }
  }

  /** Errors: BARRAGE_ROOM_CLOSED, BARRAGE_BANNED. */
  private requireWelcome({ principal }: Viewer, state: RoomState): void {
    if (state.closed) throw protocolError("BARRAGE_ROOM_CLOSED");
    if (principal !== null && isBanned(state, principal.uid, this.wall()))
      throw protocolError("BARRAGE_BANNED");
  }

  /** Subscribed before the window is read, so no batch can fall between the two (DL-8). False: the viewer has gone. */
  private async subscribeThenRead(viewer: Viewer, state: RoomState, ctx: Context): Promise<boolean> {
    const hub = this.hubOf(viewer.room);
    const { stand } = hub;
    viewer.subscribe(hub);
    const { reading, latest } = await this.present(viewer, hub, { stand, state }, ctx);
    if (viewer.isClosed) return false;
    // Between the first look and the subscription the room may have been closed, or the viewer banned.
    this.requireWelcome(viewer, latest);
    viewer.start(this.joining.startOf(viewer, reading, { hub, latest }));
    return true;
  }

  /** What brings a viewer to the present, and the room as it is there; while that cannot be read, what is known here (DL-51). */
  private async present(
    viewer: Viewer,
    hub: RoomHub,
    known: { readonly stand: Head | undefined; readonly state: RoomState },
    ctx: Context,
  ): Promise<{ readonly reading: Reading; readonly latest: RoomState }> {
    const { room } = viewer;
    try {
      await this.joining.fromStore(hub, () => this.feed.enter(room, ctx));
      const reading = await this.joining.read(viewer, hub, known.state, ctx);
      // What changed the room up to there is not sent to this viewer any more (RM-12).
      return { reading, latest: await this.parts.source.requireRoom(room, reading.head, ctx) };
    } catch (error) {
      ctx.throwIfCancelled();
      const reading = this.joining.withoutStore(viewer, hub, known);
      if (reading === undefined) throw error;
      return { reading, latest: { ...known.state, head: reading.slice.head } };
    }
  }

  private hubOf(room: string): RoomHub {
    let hub = this.hubs.get(room);
    if (hub === undefined) {
      hub = new RoomHub(room);
      this.hubs.set(room, hub);
    }
    return hub;
  }

  private accept(batch: Batch): void {
    const hub = this.hubs.get(batch.room);
    if (hub === undefined) return;
    if (batch.items.length > 0) this.fanOut.accept(hub, batch);
    else this.fanOut.repeated(hub, batch.seq);
  }

  private recheck(room: string): void {
    const hub = this.hubs.get(room);
    if (hub !== undefined) this.fanOut.recheck(hub);
  }

  // ---- what viewers need of it (ViewerHost) ----------------------------------------------------------------

  spawn(name: string, body: (ctx: Context) => Promise<void>): void {
    this.scope.spawn(body, { name });
  }

  now(): number {
    return this.scope.context.clock.now();
  }

  wall(): number {
    return this.scope.context.clock.wall();
  }

  left(viewer: Viewer, code: number, reason: string): void {
    this.count -= 1;
    const hub = viewer.hub;
    if (hub?.viewers.delete(viewer) === true) hub.leaving.add(viewer);
    this.parts.onEvent({ type: "connection_closed", room: viewer.room, code, reason });
  }

  ended(viewer: Viewer): void {
    const { hub } = viewer;
    if (hub === undefined) return;
    hub.end(viewer);
    if (!hub.isDeserted) return;
    if (this.hubs.get(hub.room) === hub) {
      this.hubs.delete(hub.room);
      this.feed.leave(hub.room);
    }
    hub.addTo(this.endedLedger);
  }

  // ---- background ------------------------------------------------------------------------------------------

  private async wheel(ctx: Context): Promise<void> {
    using ticker = new Ticker(CHECK_MS, ctx);
    for await (const _ of ticker) {
      const now = this.now();
      const wall = this.wall();
      this.frameAllowance.look(now);
      this.joinGate.sweep(now);
      this.joining.sweep();
      for (const hub of this.hubs.values()) {
        for (const viewer of hub.viewers) viewer.check(now, wall);
        for (const viewer of hub.leaving) viewer.checkLeaving(now);
        this.fanOut.tell(hub);
      }
    }
  }

  /** Tells every viewer to come back elsewhere at a moment of its own within `spreadMs`, then closes. */
  async drain(code: number, spreadMs: number, ctx: Context): Promise<void> {
    this.draining = true;
    for (const hub of this.hubs.values()) {
      await this.fanOut.idle(hub, ctx);
      await inTurns(hub.viewers, (viewer) => {
        const retry_ms = Math.round(this.parts.random() * spreadMs);
        viewer.send({ type: "bye", reason: "drain", retry_ms }, 0);
        viewer.close(code, "drain");
      });
    }
  }

  async stop(): Promise<void> {
    await this.scope[Symbol.asyncDispose]();
  }
}
