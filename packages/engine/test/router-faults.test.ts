import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { EnginePorts } from "@barrage/engine";
import { FakeClock, MemoryArchive, MemoryLog, MemoryRoomStore } from "@barrage/testkit";
import { Checkpoints } from "../src/coordinator/checkpoints.ts";
import { Progress } from "../src/progress.ts";
import { Rooms } from "../src/room/rooms.ts";
import { Archiver } from "../src/router/archiver.ts";
import { carry, join, liveEngine, makePorts, publish, user } from "./support/live-engine.ts";

describe("a router's window or feed that fails", () => {
  it("[DL-40] a batch that could not be written is published a second later, in its place", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    let failures = 0;
    const window = Object.create(ports.window, {
      append: {
        value: (...args: Parameters<typeof ports.window.append>) => {
          if (failures === 0) return ports.window.append(...args);
          failures -= 1;
          return Promise.reject(new Error("the store is away"));
        },
      },
    }) as typeof ports.window;
    const live = await liveEngine({ clock, ports: { ...ports, window } });
    const { socket } = join(live, "r");
    await live.settle(50);

    failures = 2;
    await publish(live, "r", "first", 100);
    await publish(live, "r", "second", 100);
    const meanwhile = [...socket.texts];
    await live.settle(2_000);

    assert.deepEqual(meanwhile, []);
    assert.deepEqual(socket.texts, ["first", "second"]);
    assert.equal(live.events.filter(({ type }) => type === "publish_failed").length, 2);
    await live.stop();
  });
});

describe("a router whose window cannot be read", () => {
  it("[DL-40, RP-8] judges a room's records once it can", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    let failures = 0;
    const window = Object.create(ports.window, {
      read: {
        value: (...args: Parameters<typeof ports.window.read>) => {
          if (failures === 0) return ports.window.read(...args);
          failures -= 1;
          return Promise.reject(new Error("the store is away"));
        },
      },
    }) as typeof ports.window;
    const first = await liveEngine({ clock, ports });
    await publish(first, "r", "before", 500);
    const change = { merge: { mode: "on", window_s: 60 } } as const;
    await carry(
      first,
      first.engine.commands.setPolicies(user("m", "moderator"), "r", change, first.ctx),
      500,
    );
    await first.stop();
    // One that does not know yet what was said last, so it has to read.
    const live = await liveEngine({ clock, ports: { ...ports, window } });
    const { socket } = join(live, "r");
    await live.settle(50);
    failures = 1;
    await publish(live, "r", "after", 100);
    const meanwhile = [...socket.texts];
    await live.settle(2_000);

    assert.deepEqual([meanwhile, socket.texts], [[], ["after"]]);
    await live.stop();
  });
});

describe("a router whose log cannot be read", () => {
  /** A log whose `follow` ends after each page, and cannot be begun again nor read, while `fault` is set. */
  function fragileLog(ports: EnginePorts): { ports: EnginePorts; fail(error: Error | undefined): void } {
    const { log } = ports;
    let fault: Error | undefined;
    const orFail = (): void => {
      if (fault !== undefined) throw fault;
    };
    const fragile = Object.create(log, {
      follow: {
        async *value(...args: Parameters<typeof log.follow>) {
          orFail();
          for await (const records of log.follow(...args)) {
            orFail();
            yield records;
          }
        },
      },
      read: {
        async value(...args: Parameters<typeof log.read>) {
          orFail();
          return log.read(...args);
        },
      },
    }) as typeof log;
    return { ports: { ...ports, log: fragile }, fail: (error) => (fault = error) };
  }

  it("[DL-53] goes on where it stood once the log can be read, and says meanwhile that it stands still", async () => {
    const clock = new FakeClock();
    const { ports, fail } = fragileLog(makePorts(clock));
    const live = await liveEngine({ clock, ports });
    const { socket } = join(live, "r");
    await publish(live, "r", "first", 100);

    fail(protocolError("BARRAGE_LOG_UNAVAILABLE"));
    await publish(live, "r", "second", 100);
    await publish(live, "r", "third", 3_000);
    assert.deepEqual(socket.texts, ["first"]);
    assert.match(live.engine.logStats.failed ?? "", /the router stands still/);
    fail(undefined);
    await live.settle(1_000);

    assert.deepEqual(socket.texts, ["first", "second", "third"]);
    assert.equal(live.engine.logStats.failed, undefined);
    assert.ok(live.events.filter(({ type }) => type === "log_failed").length > 1);
    await live.stop();
  });
});

describe("checkpoints", () => {
  it("[DL-39] none is saved of what window and feed do not have yet", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    using own = ctx.cancellable({ name: "checkpoints" });
    const store = new MemoryRoomStore();
    const rooms = new Rooms();
    const archiver = new Archiver({
      archive: new MemoryArchive(),
      log: new MemoryLog(),
      startSeq: 10,
      onEvent: () => undefined,
    });
    const published = new Progress();
    const author = { uid: "u", name: "u", role: "viewer" } as const;
    const checkpoints = new Checkpoints({ rooms, store, archiver, published });
    rooms.fold({ seq: 7, room: "r", live: true, entry: { kind: "enter", id: "i", at: 0, author } });
    const running = checkpoints.run(1_000, own).catch(() => undefined);

    await clock.advance(3_000);
    const before = (await store.load()).seq;
    published.reached(7);
    await clock.advance(1_000);

    assert.deepEqual([before, (await store.load()).seq], [0, 7]);
    own.cancel();
    await running;
  });
});
