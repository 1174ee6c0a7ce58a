import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { CLOSE } from "@barrage/protocol";
import type { Item } from "@barrage/protocol";
import { Checkpoints } from "./coordinator/checkpoints.ts";
import { Commands } from "./coordinator/commands.ts";
import { Directory } from "./coordinator/directory.ts";
import { Eraser } from "./coordinator/eraser.ts";
import { Heartbeats } from "./coordinator/heartbeats.ts";
import { RoomWriter } from "./coordinator/room-writer.ts";
import type { Engine } from "./engine.ts";
import type { EngineEvent, EngineTotals } from "./events.ts";
import { LocalGateway } from "./gateway/gateway.ts";
import { Admission } from "./ingest/admission.ts";
import { Ingest } from "./ingest/ingest.ts";
import { WordList } from "./moderation/words/index.ts";
import type { Archive, AuditLog, DanmakuLog, Feed, RecentWindow, RoomStore } from "./ports/index.ts";
import { Rooms } from "./room/rooms.ts";
import { Archiver } from "./router/archiver.ts";
import { LazyWindow } from "./router/lazy-window.ts";
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
}

/**
 * The whole way of a danmaku in one process: ingest -> log -> router -> window, archive, feed -> gateway.
 * Resolves when everything that the log holds has been folded, so the first viewer sees all rooms.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { ports, settings, onEvent, newId } = options;
  const { log, archive, feed } = ports;
  const totals: EngineTotals = {
    published: 0,
    delivered: 0,
    shed: { slow: 0, expired: 0 },
    muted: 0,
    lostAtClose: 0,
    duplicates: 0,
  };
  const scope = new Scope(options.ctx, { name: "engine", onError: "report" });
  const { context } = scope;

  const rooms = new Rooms();
  rooms.load(await ports.rooms.load(context));

  const archiver = new Archiver(archive, rooms.seq, onEvent);
  const recover = async (room: string, upTo: number, ctx: Context): Promise<readonly Item[]> => {
    const latest = await archive.latest(room, settings.window.maxItems, ctx);
    return latest.filter(({ seq, n }) => seq <= upTo && n > 0);
  };
  const window: LazyWindow = new LazyWindow(ports.window, async (room, ctx) => {
    const head = router.publishedHead(room);
    return { head, items: await recover(room, head.seq, ctx) };
  });
  const router = new Router({
    ...{ log, window, feed, rooms, archiver, recover, totals, onEvent },
    flushWindowMs: settings.flushWindowMs,
  });
  const writer = new RoomWriter({ log, rooms, folded: router.folded, settings: settings.rooms, newId });
  const requireRoom = (room: string, ctx: Context) => writer.require(room, ctx);

  let words = WordList.empty;
  const checkWords = (content: string) => words.check(content);
  const ingest = new Ingest({
    log,
    admission: new Admission(settings.limits),
    requireRoom,
    checkWords,
    newId,
    onEvent,
  });
  const gateway = new LocalGateway(
    { settings, window, feed, publisher: ingest, requireRoom, totals, onEvent, random: options.random },
    context,
  );
  const heartbeats = new Heartbeats(rooms, writer, settings.rooms.heartbeatTimeoutMs);
  const checkpoints = new Checkpoints(rooms, ports.rooms, archiver.written);
  const eraser = new Eraser({
    log,
    archive,
    window,
    rooms,
    published: router.published,
    archived: archiver.written,
  });

  const archiving = scope.spawn((ctx) => archiver.run(ctx), { name: "archiver" });
  const following = scope.spawn((ctx) => router.follow(ctx), { name: "router follow" });
  scope.spawn((ctx) => router.flush(ctx), { name: "router flush" });
  await router.folded.wait(log.stats.head, context);
  scope.spawn((ctx) => heartbeats.run(ctx), { name: "heartbeats" });
  scope.spawn((ctx) => checkpoints.run(settings.checkpointEveryMs, ctx), { name: "checkpoints" });

  return {
    publisher: ingest,
    gateway,
    commands: new Commands({ writer, heartbeats, eraser, log, archive, window, audit: ports.audit, newId }),
    rooms: new Directory(rooms, archive, (room) => gateway.viewersOf(room)),
    get totals() {
      return { ...totals, delivered: gateway.delivered };
    },
    get logStats() {
      return log.stats;
    },
    get retentionFloor() {
      return checkpoints.seq;
    },
    setWords(list) {
      words = list;
    },
    async drain(spreadMs, ctx) {
      await ingest.inflight.close(ctx);
      await router.published.wait(log.stats.head, ctx);
      gateway.drain(CLOSE.DRAIN.code, spreadMs);
    },
    async stop(ctx) {
      await gateway.stop();
      await router.folded.wait(log.stats.head, ctx);
      following.cancel();
      archiver.finish();
      await archiving;
      await checkpoints.save(ctx);
      await scope[Symbol.asyncDispose]();
    },
  };
}
