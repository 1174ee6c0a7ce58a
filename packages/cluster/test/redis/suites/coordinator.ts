import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyRoom } from "@barrage/engine";
import type { AppendRequest, RoomState, RoomStates } from "@barrage/engine";
import { background, rootContext, scope } from "@barrage/kernel";
import type { Context, Scope, Task } from "@barrage/kernel";
import { FakeClock, MemoryLog } from "@barrage/testkit";
import {
  RedisCoordinator,
  RedisHeartbeats,
  RedisRoomPlaces,
  RedisSignals,
  SIGNAL_DEFAULTS,
  SIGNAL_GROUP,
} from "../../../src/index.ts";
import type { CoordinatorOptions, RedisLink } from "../../../src/index.ts";
import { LiveSessions } from "../../../src/redis/events/live-sessions.ts";
import { signalStream } from "../../../src/redis/events/redis-signals.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";

const SIGNALS = { ...SIGNAL_DEFAULTS, streams: 2, everyMs: 10, claimAfterMs: 200 };
/** Nothing is missed while a test runs. */
const PATIENT: CoordinatorOptions = { signals: SIGNALS, timeoutMs: 600_000, checkMs: 20, sweepMs: 50 };
/** Every heartbeat is soon the last one. */
const HASTY: CoordinatorOptions = { ...PATIENT, timeoutMs: 300 };
const HOST = { uid: "host", name: "Host", role: "host" } as const;

/** Coordinators on a Redis Cluster, with a log in memory. */
export function coordinatorSuite(redis: RedisFixture): void {
  async function start(body: (run: Run) => Promise<void>): Promise<void> {
    const link = await redis.link();
    try {
      await scope(async (own) => {
        const run = new Run(link, own, (what, holds) => redis.cluster.until(what, holds));
        await body(run);
        own.cancel();
      });
    } finally {
      await link.close();
    }
  }

  describe("coordinators", () => {
    it("[RD-53] of many heartbeats, and two coordinators that see no state yet, comes one live record", async () => {
      await start(async (run) => {
        run.isFolding = false;
        const both = [run.coordinator("one", PATIENT), run.coordinator("two", PATIENT)];
        for (let i = 0; i < 20; i++) await run.beats.beat(emptyRoom("r"), HOST, run.ctx);

        await run.until("all are handled", () => both.reduce((sum, one) => sum + one.live, 0) >= 20);

        assert.deepEqual(await run.events(), ["r live by host"]);
      });
    });

    it("[RD-53] an append that failed is made when the signal is claimed, once", async () => {
      await start(async (run) => {
        run.failures = 1;
        run.coordinator("one", PATIENT);
        await run.beats.beat(emptyRoom("r"), HOST, run.ctx);

        await run.until("it is live", async () => (await run.events()).length === 1);

        assert.equal(run.failures, 0);
        assert.deepEqual(await run.events(), ["r live by host"]);
      });
    });

    it("[RD-53] a room that is live or closed gets no record", async () => {
      await start(async (run) => {
        run.put({ ...emptyRoom("r"), live: true });
        run.put({ ...emptyRoom("s"), closed: true });
        const one = run.coordinator("one", PATIENT);
        for (const room of ["r", "s", "t"]) await run.beats.beat(emptyRoom(room), HOST, run.ctx);

        await run.until("all are read", async () => one.read >= 3 && (await run.events()).length === 1);

        assert.deepEqual(await run.events(), ["t live by host"]);
      });
    });

    it("[RD-54] a room whose heartbeats end goes offline, by one record of two coordinators", async () => {
      await start(async (run) => {
        run.coordinator("one", HASTY);
        run.coordinator("two", HASTY);
        await run.beats.beat(emptyRoom("r"), HOST, run.ctx);

        await run.until("it is offline", async () => (await run.events()).length === 2);

        await run.beats.beat(emptyRoom("s"), HOST, run.ctx);
        await run.until("so is another", async () => (await run.events()).length === 4);
        assert.deepEqual(await run.events(), [
          "r live by host",
          "r offline missed_heartbeat by system",
          "s live by host",
          "s offline missed_heartbeat by system",
        ]);
      });
    });

    it("[RD-54] a dead coordinator's rooms go offline by another", async () => {
      await start(async (run) => {
        const dead = run.coordinator("dead", PATIENT);
        await run.beats.beat(emptyRoom("r"), HOST, run.ctx);
        await run.until("it is live", async () => (await run.events()).length === 1);
        dead.task.cancel();
        run.coordinator("alive", HASTY);

        // The next sign of life has the timeout of who reads it; then none comes.
        await run.beats.beat(emptyRoom("r"), HOST, run.ctx);

        await run.until("it is offline", async () => (await run.events()).length === 2);
        assert.deepEqual((await run.events())[1], "r offline missed_heartbeat by system");
      });
    });

    for (const handled of ["unread", "in hand"] as const) {
      it(`[RD-54] a heartbeat that is ${handled} was not missed, unless that takes another timeout`, async () => {
        await start(async (run) => {
          const clock = new FakeClock();
          const ctx = rootContext({ clock });
          const sessions = run.sessions(1_000);
          await sessions.beat(0, "r", "1-0", ctx);
          await run.leave(handled);
          await clock.advance(1_999);

          assert.deepEqual(await sessions.missed(0, ctx), []);
          await clock.advance(1);

          assert.deepEqual(await sessions.missed(0, ctx), [{ room: "r", since: "1-0" }]);
        });
      });
    }

    it("[RD-54] who is told of a missed deadline and dies is followed by another; what was dealt with is gone", async () => {
      await start(async (run) => {
        const clock = new FakeClock();
        const ctx = rootContext({ clock });
        const sessions = run.sessions(1_000);
        await sessions.beat(0, "r", "1-0", ctx);
        await clock.advance(999);
        assert.deepEqual(await sessions.missed(0, ctx), []);
        await clock.advance(1);
        const missed = { room: "r", since: "1-0" };
        assert.deepEqual(await sessions.missed(0, ctx), [missed]);

        assert.deepEqual(await sessions.missed(0, ctx), []);
        await clock.advance(LEASE_MS);
        assert.deepEqual(await sessions.missed(0, ctx), [missed]);
        await sessions.over(0, missed, ctx);
        await clock.advance(LEASE_MS);

        assert.deepEqual(await sessions.missed(0, ctx), []);
      });
    });

    it("[RD-54] a heartbeat while the end is being written begins anew", async () => {
      await start(async (run) => {
        const clock = new FakeClock();
        const ctx = rootContext({ clock });
        const sessions = run.sessions(1_000);
        await sessions.beat(0, "r", "1-0", ctx);
        await clock.advance(1_000);
        const [missed = { room: "", since: "" }] = await sessions.missed(0, ctx);

        assert.equal(await sessions.beat(0, "r", "2-0", ctx), "2-0");
        await sessions.over(0, missed, ctx);

        assert.equal(await sessions.beat(0, "r", "3-0", ctx), "2-0");
        assert.equal(await sessions.isLiveSince(0, "r", "2-0", ctx), true);
      });
    });

    it("[RD-55] an end makes one offline record, also before the state shows that the room was live", async () => {
      await start(async (run) => {
        run.isFolding = false;
        const one = run.coordinator("one", PATIENT);
        await run.beats.beat(emptyRoom("r"), HOST, run.ctx);
        await run.beats.end(emptyRoom("r"), HOST, run.ctx);
        await run.beats.end(emptyRoom("r"), HOST, run.ctx);
        await run.beats.beat(emptyRoom("s"), HOST, run.ctx);
        await run.beats.forget("s", run.ctx);

        await run.until("all are read", async () => one.read >= 5 && (await run.events()).length === 3);

        assert.deepEqual((await run.events()).toSorted(), [
          "r live by host",
          "r offline ended by host",
          "s live by host",
        ]);
      });
    });

    it("[RD-55] a heartbeat from before the end counts no more, one after it begins anew", async () => {
      await start(async (run) => {
        const sessions = run.sessions(1_000);
        const ctx = rootContext({ clock: new FakeClock() });
        assert.equal(await sessions.beat(0, "r", "999-5", ctx), "999-5");
        assert.equal(await sessions.end(0, "r", "1000-7", ctx), true);

        assert.equal(await sessions.beat(0, "r", "1000-6", ctx), undefined);
        assert.equal(await sessions.end(0, "r", "1000-6", ctx), false);
        assert.equal(await sessions.beat(0, "r", "1000-10", ctx), "1000-10");
      });
    });

    it("[RD-56] a room that is live in the catalogue and of which Redis knows nothing gets one deadline", async () => {
      await start(async (run) => {
        run.put({ ...emptyRoom("r"), live: true });
        run.put(emptyRoom("s"));
        run.coordinator("one", HASTY);

        await run.until("it is offline", async () => (await run.events()).length === 1);

        assert.deepEqual(await run.events(), ["r offline missed_heartbeat by system"]);
      });
    });

    it("[RD-56] so does every room, of more than the catalogue tells at once", async () => {
      await start(async (run) => {
        const rooms = ["a", "b", "c", "d", "e"];
        for (const room of rooms) run.put({ ...emptyRoom(room), live: true });
        run.coordinator("one", HASTY);

        await run.until("all are offline", async () => (await run.events()).length === rooms.length);

        assert.deepEqual(
          (await run.events()).toSorted(),
          rooms.map((room) => `${room} offline missed_heartbeat by system`),
        );
      });
    });

    it("[RD-87] a room that is in the catalogue and of which Redis knows nothing gets its place", async () => {
      await start(async (run) => {
        run.put(emptyRoom("r"));
        run.put({ ...emptyRoom("s"), closed: true });
        run.coordinator("one", PATIENT);
        const isFull = async (): Promise<boolean> => (await run.places(0).take("t", run.ctx)).taken === 2;

        await run.until("both have their places", isFull);

        const places = run.places(2);
        assert.deepEqual(await places.take("t", run.ctx), { isTaken: false, taken: 2 });
        assert.deepEqual(await places.take("s", run.ctx), { isTaken: true, taken: 2 });
      });
    });
  });
}

const LEASE_MS = 5_000;

/** A log, what it comes to, and coordinators that write it. */
class Run implements Pick<RoomStates, "find" | "fresh"> {
  readonly ctx = background;
  readonly beats: RedisHeartbeats;
  /** False: the records are not folded, as when the router is behind. */
  isFolding = true;
  /** Appends that fail. */
  failures = 0;
  readonly until: (what: string, holds: () => boolean | Promise<boolean>) => Promise<void>;
  private readonly link: RedisLink;
  private readonly own: Scope;
  private readonly log = new MemoryLog();
  private readonly rooms = new Map<string, RoomState>();
  private ids = 0;

  constructor(
    link: RedisLink,
    own: Scope,
    until: (what: string, holds: () => Promise<boolean>) => Promise<void>,
  ) {
    this.link = link;
    this.own = own;
    this.until = (what, holds) => until(what, async () => holds());
    this.beats = new RedisHeartbeats(new RedisSignals(link, SIGNALS));
  }

  put(state: RoomState): void {
    this.rooms.set(state.id, state);
  }

  sessions(timeoutMs: number): LiveSessions {
    return new LiveSessions(this.link, { timeoutMs, endedMs: 60_000, leaseMs: LEASE_MS, clock: "caller" });
  }

  /** Of this Redis, for so many rooms. */
  places(max: number): RedisRoomPlaces {
    return new RedisRoomPlaces(this.link, { max, lifeMs: 600_000 });
  }

  coordinator(
    name: string,
    options: CoordinatorOptions,
  ): { readonly task: Task<unknown>; readonly live: number; readonly read: number } {
    const coordinator = new RedisCoordinator(
      {
        link: this.link,
        log: { append: (request, ctx) => this.append(request, ctx) },
        states: {
          find: (room) => this.find(room),
          fresh: (room) => this.fresh(room),
          reached: () => Promise.resolve(),
        },
        catalog: {
          ids: (after) => Promise.resolve(after === "" ? [...this.rooms.keys()] : []),
          live: (after) => Promise.resolve(this.live(after)),
        },
        places: this.places(2),
        newId: () => `e${(this.ids += 1)}`,
      },
      options,
    );
    const task = this.own.spawn((ctx) => coordinator.run(name, ctx).catch(() => undefined), { name });
    return {
      task,
      get live() {
        return coordinator.figures.live;
      },
      get read() {
        const { read, claimed } = coordinator.figures.signals;
        return read + claimed;
      },
    };
  }

  find(room: string): RoomState | undefined {
    return this.rooms.get(room) ?? emptyRoom(room);
  }

  fresh(room: string): RoomState | undefined {
    return this.find(room);
  }

  /** A page of rooms, no more than two, however many are asked for: stores have bounds of their own. */
  private live(after: string): readonly string[] {
    const live = [...this.rooms.values()].filter((state) => state.live && !state.closed);
    const ids = live.map(({ id }) => id).toSorted();
    return ids.filter((id) => id > after).slice(0, 2);
  }

  async events(): Promise<readonly string[]> {
    const records = await this.log.read(0, 1_000, this.ctx);
    return records.map(({ room, entry }) => {
      assert.equal(entry.kind, "room-event");
      const { type } = entry.event;
      const reason = entry.event.type === "offline" ? ` ${entry.event.reason}` : "";
      return `${room} ${type}${reason} by ${entry.author.uid}`;
    });
  }

  /** A signal in the first stream that the coordinators have not come to. */
  async leave(how: "unread" | "in hand"): Promise<void> {
    const key = signalStream(this.link, 0);
    const command = { name: "raw", key, repeatable: false };
    await this.link.command(
      command,
      async (client) => {
        await client.xgroup("CREATE", key, SIGNAL_GROUP, "0", "MKSTREAM");
        await client.xadd(key, "*", "s", "unread");
        if (how === "unread") return;
        await client.xreadgroup("GROUP", SIGNAL_GROUP, "busy", "COUNT", 1, "STREAMS", key, ">");
      },
      this.ctx,
    );
  }

  private async append(request: AppendRequest, ctx: Context) {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error("the log is away");
    }
    const outcome = await this.log.append(request, ctx);
    const { entry, room } = request;
    if (this.isFolding && outcome.status === "appended" && entry.kind === "room-event") {
      const state = this.rooms.get(room) ?? emptyRoom(room);
      this.rooms.set(room, { ...state, live: entry.event.type === "live" });
    }
    return outcome;
  }
}
