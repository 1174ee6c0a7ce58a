import type { Context } from "@barrage/kernel";
import { hasPolicies, isRetryable, protocolError } from "@barrage/protocol";
import type { SnapshotFrame } from "@barrage/protocol";
import type { GatewaySource } from "../gateway-source.ts";
import type { Head, WindowSlice } from "../ports/index.ts";
import { watchesRecords } from "../room/policies/judge.ts";
import { viewOf } from "../room/state.ts";
import type { RoomState } from "../room/state.ts";
import type { EngineSettings } from "../settings.ts";
import { NOTHING_MISSED, catchUpOf } from "./catch-up.ts";
import type { CatchUp } from "./catch-up.ts";
import { reachOf } from "./reach.ts";
import { freshReplay } from "./replay.ts";
import type { RoomHub } from "./room-hub.ts";
import { SharedBatches } from "./shared-batches.ts";
import type { Start, Viewer } from "./viewer.ts";

export interface JoiningParts {
  readonly source: Pick<GatewaySource, "window" | "published" | "windowMs">;
  readonly settings: EngineSettings;
  /** Monotonic, ms; `wall` is for what clients are told. */
  readonly now: () => number;
  readonly wall: () => number;
  /** Viewers in all processes. */
  readonly viewersIn: (hub: RoomHub) => number;
}

/** What the window has for a viewer. */
export interface Reading {
  readonly slice: WindowSlice;
  /** From where it goes on; undefined for a viewer who begins afresh. */
  readonly since: number | undefined;
  /** seq that it brings the viewer to. */
  readonly head: number;
  /** There is more, for which the viewer has to come back. */
  readonly isPart?: boolean;
}

/**
 * A window that is away for so long is not waited for any more by who missed something, ms: longer than it takes to
 * replace a node that died (10 s).
 */
const AWAY_MS = 15_000;

/** How a viewer who has subscribed is brought to the present: a snapshot, and of one who comes back all that it missed. */
export class Joining {
  private readonly parts: JoiningParts;
  private readonly shared = new Map<string, SharedBatches>();

  constructor(parts: JoiningParts) {
    this.parts = parts;
  }

  /** Errors: BARRAGE_UNAVAILABLE where the window is behind what the viewer has, or others here have got. */
  async read(viewer: Viewer, hub: RoomHub, state: RoomState, ctx: Context): Promise<Reading> {
    const { room, since } = viewer;
    // Of what the room's policies withhold a late joiner gets nothing: there may be more of it than is shown.
    const fresh = watchesRecords(state.policies)
      ? Number.POSITIVE_INFINITY
      : this.parts.settings.window.snapshotItems;
    const limit = since === undefined ? fresh : Number.POSITIVE_INFINITY;
    const read = async (): Promise<WindowSlice> => {
      const slice = await this.fromStore(hub, () =>
        this.parts.source.window.read(room, since ?? 0, limit, ctx),
      );
      hub.outage.over();
      return slice;
    };
    // What is accepted from now on comes to the viewer by itself; the window has to bring it to where that begins.
    const last = hub.last ?? 0;
    const stood = (): number => Math.max(last, viewer.waitsFrom);
    let slice = await this.firstOf(hub, read);
    // An ack ran ahead of its batch, or a router that began again comes to what was published before: it will be there soon.
    const awaited = Math.max(stood(), since !== undefined && since <= state.head.seq ? since : 0);
    if (awaited > slice.head.seq) {
      await this.parts.source.published.wait(room, awaited, ctx);
      slice = await read();
    }
    // Who begins afresh is owed nothing of before.
    const head = Math.max(stood(), slice.head.seq);
    if (since === undefined) return { slice, since, head };
    // The window lost its last writes. The next record has it filled again; until then nobody can say what was missed.
    if (Math.max(awaited, head) > slice.head.seq) throw protocolError("BARRAGE_UNAVAILABLE");
    if (since <= slice.head.seq && slice.past?.isExpired !== true) {
      const reach = reachOf(slice);
      return { ...reach, since, head: reach.isPart ? reach.slice.head.seq : head };
    }
    // A seq from the future is another server's, or of data that is gone; and who was away for too long is shown the present.
    slice = await this.parts.source.window.read(room, 0, fresh, ctx);
    return { slice, since: undefined, head: Math.max(stood(), slice.head.seq) };
  }

  /** Asks feed or window of the room, and notes a failure that may pass. */
  async fromStore<T>({ outage }: RoomHub, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (isRetryable(error)) outage.seen(this.parts.now());
      throw error;
    }
  }

  /**
   * Of a room that others here are in while it cannot be read: where it stood for them when the viewer subscribed, and
   * nothing of its past. Undefined where it can be read, or too little is known: then the viewer has to come back.
   */
  withoutStore(
    { since }: Viewer,
    { outage, changedAt }: RoomHub,
    { stand, state }: { readonly stand: Head | undefined; readonly state: RoomState },
  ): Reading | undefined {
    if (!outage.isOn || stand === undefined || state.head.seq < changedAt) return undefined;
    const slice = { items: [], head: stand, floor: stand };
    if (since === undefined || since === stand.seq) return { slice, since, head: stand.seq };
    // It was further elsewhere, or may still get what it missed.
    if (since > stand.seq || outage.lastedMs(this.parts.now()) < AWAY_MS) return undefined;
    return { slice, since: undefined, head: stand.seq };
  }

  /**
   * Where the chain stands here is known by the first read of all, so that no later one lies before it: what the feed
   * loses from then on shows. Who waits for it shares its failure: one after the other they would wait for ever.
   */
  private async firstOf(hub: RoomHub, read: () => Promise<WindowSlice>): Promise<WindowSlice> {
    if (hub.last === undefined && hub.starting !== undefined) await hub.starting;
    if (hub.last !== undefined) return read();
    const first = this.startWith(hub, read);
    const starting = first.then(noted);
    // Nobody may be waiting for it.
    starting.catch(noted);
    hub.starting = starting;
    return await first;
  }

  private async startWith(hub: RoomHub, read: () => Promise<WindowSlice>): Promise<WindowSlice> {
    try {
      const slice = await read();
      hub.startUnlessKnown(slice.head.seq, slice.head.n);
      return slice;
    } finally {
      hub.starting = undefined;
    }
  }

  startOf(
    viewer: Viewer,
    { slice, since, head, isPart = false }: Reading,
    { hub, latest }: { readonly hub: RoomHub; readonly latest: RoomState },
  ): Start {
    const { contentMax, heartbeatMs, outbound, window } = this.parts.settings;
    const half = outbound.limitBytes / 2;
    const snapshot: SnapshotFrame = {
      type: "snapshot",
      // Of one who comes back `room.head` is where the past ends.
      room: since === undefined ? viewOf(latest) : { ...viewOf(latest), head, n: slice.head.n },
      you: viewer.principal,
      viewers: this.parts.viewersIn(hub),
      items:
        since === undefined ? freshReplay(slice, { snapshotItems: window.snapshotItems, bytes: half }) : [],
      head: since ?? head,
      resumed: since !== undefined,
      limits: {
        content_max: contentMax,
        heartbeat_ms: heartbeatMs,
        window_ms: this.parts.source.windowMs(viewer.room),
      },
      ts: this.parts.wall(),
      ...(hasPolicies(latest.policies) ? { policies: latest.policies } : {}),
    };
    if (since === undefined) return { snapshot, catchUp: afresh(viewer, head), head };
    const shared = this.sharedOf(viewer.room);
    const sizeOf = (batch: { bytes(encoding: Viewer["encoding"], level: 0): Uint8Array }) =>
      batch.bytes(viewer.encoding, 0).length;
    const catchUp = catchUpOf(viewer.room, slice, since, { shared, sizeOf, limit: half });
    return { snapshot, catchUp, head, isPart };
  }

  /** Called now and then: batches that nobody came back for go. */
  sweep(): void {
    for (const [room, shared] of this.shared) if (!shared.look()) this.shared.delete(room);
  }

  private sharedOf(room: string): SharedBatches {
    let shared = this.shared.get(room);
    if (shared === undefined) {
      shared = new SharedBatches();
      this.shared.set(room, shared);
    }
    return shared;
  }
}

const noted = (): void => undefined;

/** Who came back too late is told so; a seq from the future tells nothing. */
function afresh({ room, since }: Viewer, head: number): CatchUp {
  if (since === undefined || since >= head) return NOTHING_MISSED;
  const gap = { type: "gap", room_id: room, from: since, to: head, count: null, reason: "expired" } as const;
  return { ...NOTHING_MISSED, frames: [gap] };
}
