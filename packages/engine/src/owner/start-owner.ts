import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { NO_POLICIES } from "@barrage/protocol";
import type { Item } from "@barrage/protocol";
import { Checkpoints } from "../coordinator/checkpoints.ts";
import { Directory } from "../coordinator/directory.ts";
import { Eraser } from "../coordinator/eraser.ts";
import { Heartbeats } from "../coordinator/heartbeats.ts";
import { LocalArchiveProgress } from "../coordinator/local-archive-progress.ts";
import { LocalRoomStates } from "../coordinator/local-room-states.ts";
import type { EngineEvent, RouterCounts } from "../events.ts";
import type { GatewaySource } from "../gateway-source.ts";
import { localLimits } from "../ingest/local-limits.ts";
import { startIngestHalf } from "../ingest/start-ingest.ts";
import type { Archive, AuditLog, DanmakuLog, Feed, RecentWindow, RoomStore } from "../ports/index.ts";
import { judgedBy } from "../room/policies/judge.ts";
import { PolicyTally } from "../room/policies/tally.ts";
import { Rooms } from "../room/rooms.ts";
import { Archiver } from "../router/archiver.ts";
import { Gateways } from "../router/gateways.ts";
import { Judges } from "../router/judges.ts";
import { LazyWindow } from "../router/lazy-window.ts";
import { Recovery } from "../router/recovery.ts";
import { RepeatingFeed } from "../router/repeating-feed.ts";
import { Router } from "../router/router.ts";
import type { EngineSettings } from "../settings.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { Owner } from "./owner.ts";
import type { OwnerParts } from "./owner.ts";

export interface EnginePorts {
  readonly log: DanmakuLog;
  readonly rooms: RoomStore;
  readonly archive: Archive;
  readonly audit: AuditLog;
  readonly window: RecentWindow;
  readonly feed: Feed;
}

export interface OwnerOptions {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  /** Parent of every task of the owner; its clock is the owner's clock. */
  readonly ctx: Context;
  readonly onEvent: (event: EngineEvent) => void;
  /** Unique ids for records. */
  readonly newId: () => string;
  /** Absent where nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** The feed reaches other processes: rooms' heads are repeated, so that a lost batch is noticed. */
  readonly feedMayLose?: boolean;
}

/** Starts everything up to the feed. Ports stay their owner's: `stop` does not close them. */
export async function startOwnerHalf(options: OwnerOptions): Promise<Owner> {
  await using undo = new AsyncDisposableStack();
  const scope = undo.use(new Scope(options.ctx, { name: "engine", onError: "report" }));
  const rooms = new Rooms();
  rooms.load(await options.ports.rooms.load(scope.context));
  const owner = new Owner(wire(options, scope, rooms));
  await owner.start();
  // From here on `stop` ends the scope; before, a start that failed left no task behind.
  undo.move();
  return owner;
}

/** The router's side, then the writers', then what gateways ask for. */
function wire(options: OwnerOptions, scope: Scope, rooms: Rooms): OwnerParts {
  const { settings, onEvent, newId, tracing } = options;
  const { log, archive, audit } = options.ports;
  const tally = new PolicyTally();
  const totals: RouterCounts = { published: 0, muted: 0, policies: tally.total };
  const gateways = new Gateways(settings.flush);
  const windowMs = (room: string): number => gateways.windowMs(room);
  const repeating = repeatingFeed(options);
  const feed = repeating ?? options.ports.feed;

  const archiver = new Archiver({ archive, log, startSeq: rooms.seq, onEvent });
  const judged = (room: string, items: readonly Item[]) =>
    judgedBy(rooms.get(room)?.policies ?? NO_POLICIES, items);
  const recovery = new Recovery({ archive, archiver, bounds: settings.window, judged, onEvent });
  const headOf = (room: string) => router.publishedHead(room);
  const window = new LazyWindow({ inner: options.ports.window, recovery, headOf, scope });
  const judges = new Judges(window, tally);
  const told = { totals, onEvent, tracing };
  const router = new Router({ log, window, feed, rooms, archiver, judges, recovery, windowMs, ...told });

  const { folded, published } = router;
  const archived = new LocalArchiveProgress(rooms, archiver);
  const stores = { log, window, archive, audit, archived };
  const common = { tally, settings, newId, onEvent, tracing, ctx: scope.context };
  const ingest = startIngestHalf({
    ...stores,
    ...common,
    states: new LocalRoomStates(rooms, folded),
    limits: localLimits(settings.limits),
    eraser: new Eraser({ log, archive, window, rooms, published, archiver }),
    heartbeats: (writer) => new Heartbeats(rooms, writer, settings.rooms.heartbeatTimeoutMs),
    places: { take: () => rooms.size < settings.rooms.max },
  });
  const checkpoints = new Checkpoints({ rooms, store: options.ports.rooms, archiver, published });
  const viewersOf = (room: string): number => gateways.viewersOf(room);
  const directory = new Directory({ rooms, archive, archived, viewersOf });

  const source: GatewaySource = {
    publisher: ingest.publisher,
    window,
    feed,
    published: { wait: (_room, seq, ctx) => published.wait(seq, ctx) },
    requireRoom: (room, seq, ctx) => ingest.requireRoom(room, seq, ctx),
    windowMs,
    viewersElsewhere: () => 0,
  };
  const { checkpointEveryMs } = settings;
  const roles = { archiver, router, ingest, checkpoints, directory };
  return { scope, log, totals, gateways, source, checkpointEveryMs, repeating, ...roles };
}

/** Repeats are worth their while as long as the window may still hold what was lost. */
function repeatingFeed({ feedMayLose, ports, ctx, settings }: OwnerOptions): RepeatingFeed | undefined {
  if (feedMayLose !== true) return undefined;
  return new RepeatingFeed(ports.feed, ctx.clock, settings.window.maxAgeMs);
}
