import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import { Checkpoints } from "./coordinator/checkpoints.ts";
import { Commands } from "./coordinator/commands.ts";
import { Directory } from "./coordinator/directory.ts";
import { Eraser } from "./coordinator/eraser.ts";
import { Heartbeats } from "./coordinator/heartbeats.ts";
import { RoomWriter } from "./coordinator/room-writer.ts";
import type { Engine, WordChecker } from "./engine.ts";
import type { EngineCounts, EngineEvent } from "./events.ts";
import { LocalGateway } from "./gateway/gateway.ts";
import type { ProcessMeter } from "./gateway/meter.ts";
import { Admission } from "./ingest/admission.ts";
import { Ingest } from "./ingest/ingest.ts";
import { LocalEngine } from "./local-engine.ts";
import type { LocalParts } from "./local-engine.ts";
import type { Archive, AuditLog, DanmakuLog, Feed, RecentWindow, RoomStore } from "./ports/index.ts";
import { Rooms } from "./room/rooms.ts";
import { Archiver } from "./router/archiver.ts";
import { FlushWindows } from "./router/flush-windows.ts";
import { LazyWindow } from "./router/lazy-window.ts";
import type { Recover } from "./router/lazy-window.ts";
import { Router } from "./router/router.ts";
import type { EngineSettings } from "./settings.ts";

export interface EnginePorts {
  readonly log: DanmakuLog;
  readonly rooms: RoomStore;
  readonly archive: Archive;
  readonly audit: AuditLog;
  readonly window: RecentWindow;
  readonly feed: Feed;
}

export interface EngineOptions {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  /** Parent of every task of the engine; its clock is the engine's clock. */
  readonly ctx: Context;
  readonly onEvent: (event: EngineEvent) => void;
  /** Unique ids for records. */
  readonly newId: () => string;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** Measures what the flush windows adapt to; absent: they stay at their smallest. */
  readonly meter?: ProcessMeter;
}

/**
 * The whole way of a danmaku in one process: ingest -> log -> router -> window, archive, feed -> gateway.
 * Ports stay their owner's: `stop` does not close them.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  await using undo = new AsyncDisposableStack();
  const scope = undo.use(new Scope(options.ctx, { name: "engine", onError: "report" }));
  const rooms = new Rooms();
  rooms.load(await options.ports.rooms.load(scope.context));
  const engine = new LocalEngine(wire(options, scope, rooms));
  await engine.start();
  // From here on `stop` ends the scope; before, a start that failed left no task behind.
  undo.move();
  return engine;
}

const noCounts = (): EngineCounts => ({ published: 0, muted: 0, duplicates: 0 });

/** Where nothing measures the process: the engine's own clock, and an event loop that is never busy. */
const meterOf = ({ meter, ctx: { clock } }: EngineOptions): ProcessMeter =>
  meter ?? { now: () => clock.now(), busyMs: () => 0, cpuMs: () => 0 };

/** What the archive has of a room up to a seq, newest last, imported history aside. */
const recoverFrom =
  (archive: Archive, limit: number) =>
  async (room: string, upTo: number, ctx: Context): Promise<readonly Item[]> => {
    const latest = await archive.latest(room, limit, ctx);
    return latest.filter(({ seq, n }) => seq <= upTo && n > 0);
  };

/** The router's side, then the writers', then the readers'. */
function wire(options: EngineOptions, scope: Scope, rooms: Rooms): LocalParts {
  const { settings, onEvent, newId, random } = options;
  const { log, archive, audit, feed } = options.ports;
  const totals = noCounts();
  const meter = meterOf(options);
  const windows = new FlushWindows(settings.flush, meter);
  const windowMs = (room: string): number => windows.of(room);

  const archiver = new Archiver(archive, rooms.seq, onEvent);
  const recover = recoverFrom(archive, settings.window.maxItems);
  const recoverAll: Recover = async (room, ctx) => {
    const head = router.publishedHead(room);
    return { head, items: await recover(room, head.seq, ctx) };
  };
  const window = new LazyWindow(options.ports.window, recoverAll, scope);
  const router = new Router({ log, window, feed, rooms, archiver, recover, totals, onEvent, windowMs });

  const { folded } = router;
  const writer = new RoomWriter({ log, rooms, folded, settings: settings.rooms, newId, scope });
  const requireRoom = (room: string, ctx: Context) => writer.require(room, ctx);
  const words: { check: WordChecker } = { check: (content) => ({ verdict: "allow", content, matched: [] }) };
  const checkWords: WordChecker = (content) => words.check(content);
  const admission = new Admission(settings.limits);
  const ingest = new Ingest({ log, admission, requireRoom, checkWords, newId, onEvent });
  const heartbeats = new Heartbeats(rooms, writer, settings.rooms.heartbeatTimeoutMs);
  const checkpoints = new Checkpoints(rooms, options.ports.rooms, archiver);
  const { published } = router;
  const eraser = new Eraser({ log, archive, window, rooms, published, archiver });
  const commands = new Commands({ writer, heartbeats, eraser, log, archive, archiver, window, audit, newId });

  const gatewayParts = {
    settings,
    window,
    feed,
    publisher: ingest,
    published,
    requireRoom,
    totals,
    meter,
    windowMs,
    onEvent,
    random,
  };
  const gateway = new LocalGateway(gatewayParts, scope.context);
  const directory = new Directory({ rooms, archive, archiver, viewersOf: (room) => gateway.viewersOf(room) });
  const { checkpointEveryMs } = settings;
  const roles = { archiver, router, ingest, gateway, heartbeats, checkpoints, commands, directory };
  return { scope, log, totals, windows, words, checkpointEveryMs, ...roles };
}
