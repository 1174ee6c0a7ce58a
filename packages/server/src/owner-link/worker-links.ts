import { createServer } from "node:net";
import type { Server } from "node:net";
import { Scope, sleep, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Owner, ProcessMeter } from "@barrage/engine";
import { serverError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { served } from "./calls.ts";
import type { Serve } from "./calls.ts";
import type { RoomCount, WorkerFrames, WorkerName } from "./frames.ts";
import { Presence } from "./presence.ts";
import { ServedCalls } from "./served-calls.ts";
import { listenOnSocketFile } from "./socket-file.ts";
import { targetsOf } from "./targets.ts";
import type { WorkerFeed } from "./worker-feed.ts";
import { WorkerLink } from "./worker-link.ts";
import type { LastReport, WorkerHost } from "./worker-link.ts";

export interface WorkerLinksParts {
  readonly owner: Owner;
  readonly feed: WorkerFeed;
  /** The owner's process. */
  readonly meter: ProcessMeter;
  readonly log: Logger;
  /** Parent of every call's task. */
  readonly ctx: Context;
}

/** How often workers are told of each other's viewers, and calls out of time are ended, ms. */
const TELL_MS = 250;
/** Time that links have to end after the last frame, ms: a worker that runs takes a fraction of it. */
const END_MS = 2_000;
/** How often they are told how the owner is, ms. */
const STATUS_MS = 1_000;

/** All workers of one owner: answers what they ask, brings them what their rooms say, adds up their viewers. */
export class WorkerLinks implements WorkerHost {
  private readonly parts: WorkerLinksParts;
  private readonly scope: Scope;
  private readonly server: Server;
  private readonly calls: ReadonlyMap<string, Serve>;
  private readonly open = new Set<WorkerLink>();
  /** Those that were welcomed, by id. */
  private readonly byId = new Map<string, WorkerLink>();
  private readonly presence = new Presence<WorkerLink>();
  private readonly attached = new Map<WorkerLink, Disposable>();
  private onEmpty: (() => void) | undefined;

  private constructor(parts: WorkerLinksParts) {
    this.parts = parts;
    this.scope = new Scope(parts.ctx, { name: "workers", onError: "report" });
    this.calls = served(targetsOf(parts.owner));
    this.server = createServer((socket) => {
      this.open.add(new WorkerLink(socket, this, (link) => this.callsOf(link)));
    });
    const { feed, owner, meter } = parts;
    this.scope.use(
      owner.attach({
        viewersOf: () => 0,
        writesOf: (room) => feed.readerCount(room),
        get work() {
          return feed.work;
        },
        meter,
      }),
    );
    this.scope.spawn((ctx) => this.tell(ctx), { name: "tell workers" });
    this.scope.spawn((ctx) => this.tellStatus(ctx), { name: "owner status" });
  }

  /** Errors: SERVER_SOCKET_ codes. */
  static async listen(path: string, parts: WorkerLinksParts): Promise<WorkerLinks> {
    const links = new WorkerLinks(parts);
    try {
      await listenOnSocketFile(links.server, path);
    } catch (error) {
      await links[Symbol.asyncDispose]();
      throw error;
    }
    return links;
  }

  get workers(): readonly (WorkerName & LastReport)[] {
    return [...this.byId.values()].flatMap(({ name, last }) =>
      name === undefined ? [] : [{ ...name, ...last }],
    );
  }

  /** Viewers of a room at all workers. */
  viewersOf(room: string): number {
    return this.presence.total(room);
  }

  // ---- what links tell (WorkerHost) --------------------------------------------------------------------------

  welcome(link: WorkerLink): void {
    const { name } = link;
    if (name === undefined) return;
    const { id, generation } = name;
    const before = this.byId.get(id);
    if (before?.name !== undefined && before.name.generation > generation)
      throw serverError("SERVER_WORKER_OUTDATED", { id, generation, newest: before.name.generation });
    // Its own old link, or a process that hangs: nothing of it counts any more.
    if (before !== undefined) this.forget(before);
    before?.cut();
    this.byId.set(id, link);
    this.presence.join(link);
    this.parts.log.info({ worker: id, generation }, "a worker has come");
  }

  entered(link: WorkerLink, rooms: WorkerFrames["enter"]["rooms"]): void {
    if (!this.isCounted(link)) return;
    for (const [room, last] of rooms) {
      link.rooms.add(room);
      this.parts.feed.enter(room, link);
      this.presence.touch(room);
      if (last === null) continue;
      const { seq } = this.parts.owner.publishedHead(room);
      link.send("batch", { room, prev: seq, seq, items: [] });
    }
  }

  left(link: WorkerLink, room: string): void {
    link.rooms.delete(room);
    this.parts.feed.leave(room, link);
  }

  reported(link: WorkerLink, report: WorkerFrames["report"]): void {
    if (!this.isCounted(link)) return;
    link.report(report, this.parts.ctx.clock.wall());
    this.presence.report(link, report.viewers);
    if (this.attached.has(link)) return;
    const figures = link.figures((room) => this.presence.of(link, room));
    this.attached.set(link, this.parts.owner.attach(figures));
    this.sendStatus(link);
  }

  ended(link: WorkerLink, error: Error | undefined): void {
    this.open.delete(link);
    this.forget(link);
    const { name } = link;
    if (error !== undefined) this.parts.log.warn({ worker: name?.id, err: error }, "a worker's link broke");
    else if (name !== undefined) this.parts.log.info({ worker: name.id }, "a worker has gone");
    if (this.open.size === 0) this.onEmpty?.();
  }

  /** Nothing of it counts any more: its viewers, its load, its rooms. */
  private forget(link: WorkerLink): void {
    this.presence.drop(link);
    this.attached.get(link)?.[Symbol.dispose]();
    this.attached.delete(link);
    for (const room of link.rooms) this.parts.feed.leave(room, link);
    link.rooms.clear();
    if (link.name !== undefined && this.byId.get(link.name.id) === link) this.byId.delete(link.name.id);
  }

  private isCounted(link: WorkerLink): boolean {
    return link.name !== undefined && this.byId.get(link.name.id) === link;
  }

  private callsOf(link: WorkerLink): ServedCalls {
    const { log } = this.parts;
    return new ServedCalls(
      this.calls,
      this.scope,
      (frame) => link.write(frame),
      (name, error) => log.error({ call: name, err: error }, "a worker's call failed"),
    );
  }

  // ---- background ------------------------------------------------------------------------------------------

  private async tell(ctx: Context): Promise<void> {
    using ticker = new Ticker(TELL_MS, ctx);
    for await (const _ of ticker) {
      const now = ctx.clock.now();
      for (const link of this.open) link.cancelOverdue(now);
      for (const [link, elsewhere] of this.news()) link.send("viewers", { elsewhere });
    }
  }

  /** For each worker the rooms it is in whose viewers elsewhere may have changed. */
  private news(): ReadonlyMap<WorkerLink, readonly RoomCount[]> {
    const news = new Map<WorkerLink, RoomCount[]>();
    const changed = this.presence.takeChanged();
    if (changed.size === 0) return news;
    for (const link of this.byId.values()) {
      const rooms = [...changed].filter((room) => link.rooms.has(room));
      if (rooms.length > 0)
        news.set(
          link,
          rooms.map((room) => [room, this.presence.elsewhere(link, room)]),
        );
    }
    return news;
  }

  private async tellStatus(ctx: Context): Promise<void> {
    using ticker = new Ticker(STATUS_MS, ctx);
    for await (const _ of ticker) for (const link of this.byId.values()) this.sendStatus(link);
  }

  private sendStatus(link: WorkerLink): void {
    const { logStats, counts, windowMs, roomCount } = this.parts.owner;
    link.send("status", { log: logStats, counts, windowMs, rooms: roomCount });
  }

  // ---- the end -----------------------------------------------------------------------------------------------

  /** Nobody new; resolves when what was written to the workers is sent and their links have ended, hung ones aside. */
  async drain(ctx: Context): Promise<void> {
    this.server.close();
    for (const link of this.open) link.end();
    if (this.open.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onEmpty = resolve;
    using limit = ctx.cancellable({ name: "links end" });
    await Promise.race([promise, sleep(END_MS, limit)]);
    for (const link of this.open) link.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    for (const link of this.open) link.cut();
    for (const link of this.open) this.forget(link);
    await this.scope[Symbol.asyncDispose]();
  }
}
