import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "@barrage/testkit";
import type { Lateness, ProcessMeter } from "@barrage/engine";
import { FlushWindows } from "../src/router/flush-windows.ts";
import { FakeSocket, caller, join, liveEngine, publish, said } from "./support/live-engine.ts";
import type { LiveEngine } from "./support/live-engine.ts";

const NEVER_LATE: Lateness = { timers: 0, ms: 0 };

/** A process in which each socket write takes `costMs`, and nothing else takes any time but what it is told. */
class SlowProcess implements ProcessMeter {
  readonly clock = new FakeClock();
  otherMs = 0;
  private readonly costMs: number;
  private writes = 0;
  private tick = 0;
  private writesAtTick = 0;

  constructor(costMs: number) {
    this.costMs = costMs;
  }

  /** The fake clock stands still during a loop of writes; here it does not. */
  now(): number {
    if (this.clock.now() !== this.tick) {
      this.tick = this.clock.now();
      this.writesAtTick = this.writes;
    }
    return this.tick + (this.writes - this.writesAtTick) * this.costMs;
  }

  busyMs(): number {
    return this.writes * this.costMs + this.otherMs;
  }

  /** Nobody else runs on this machine. */
  cpuMs(): number {
    return this.busyMs();
  }

  lateness(): Lateness {
    return NEVER_LATE;
  }

  wrote(): void {
    this.writes += 1;
  }
}

class CostlySocket extends FakeSocket {
  private readonly process: SlowProcess;

  constructor(process: SlowProcess) {
    super();
    this.process = process;
  }

  override write(frame: Uint8Array): boolean {
    this.process.wrote();
    return super.write(frame);
  }
}

const SAY_EVERY_MS = 5;

/** A busy room: a danmaku every 5 ms. */
async function talk(live: LiveEngine, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += SAY_EVERY_MS) {
    void live.engine.publisher.danmaku(caller("u1"), "r", said("x"), live.ctx);
    await live.settle(SAY_EVERY_MS);
  }
}

const flush = { minMs: 10, maxMs: 250, cpuShare: 0.6 };

async function crowd(viewers: number, costMs: number) {
  const process = new SlowProcess(costMs);
  const live = await liveEngine({ clock: process.clock, settings: { flush }, meter: process });
  const sockets = Array.from({ length: viewers }, () => new CostlySocket(process));
  for (const socket of sockets) join(live, "r", { socket });
  await live.settle();
  const [first] = sockets;
  assert.ok(first !== undefined);
  const windowSaid = (): number | undefined => first.of("batch").at(-1)?.window_ms;
  return { live, process, socket: first, windowSaid };
}

describe("flush windows", () => {
  it("[DL-32] in a load step the window grows until fan-out is in its share, and falls again after it", async () => {
    const { live, process, socket, windowSaid } = await crowd(50, 1);
    await publish(live, "r", "quiet", 500);
    const quiet = windowSaid();

    await talk(live, 2_000);
    const [atStorm, busyBefore, at] = [windowSaid() ?? 0, process.busyMs(), process.clock.now()];
    await talk(live, 2_000);
    const share = (process.busyMs() - busyBefore) / (process.clock.now() - at);
    await live.settle(2_000);
    await publish(live, "r", "quiet again", 0);

    assert.equal(quiet, 10);
    // 50 writes of 1 ms in 60 % of the time: 83 ms.
    assert.equal(atStorm >= 75 && atStorm <= 95, true, `window ${atStorm} ms`);
    assert.equal(share <= 0.65, true, `share ${share}`);
    assert.deepEqual([windowSaid(), socket.texts.at(-1)], [10, "quiet again"]);
    assert.equal(live.engine.windowMs, 10);
    await live.stop();
  });

  it("[DL-32] a window that is not needed does not grow", async () => {
    const { live, windowSaid } = await crowd(50, 0.1);

    await talk(live, 2_000);

    assert.equal(windowSaid(), 10);
    await live.stop();
  });

  it("[DL-32] what else keeps the process busy leaves fan-out less", async () => {
    const { live, process, windowSaid } = await crowd(50, 1);
    await talk(live, 1_000);
    const alone = windowSaid() ?? 0;

    for (let i = 0; i < 40; i += 1) {
      process.otherMs += 15;
      await talk(live, 50);
    }

    // 30 % of the process are left for it: the window doubles.
    const crowded = windowSaid() ?? 0;
    assert.equal(crowded > alone * 1.5 && crowded < alone * 2.5, true, `${alone} ms, then ${crowded} ms`);
    await live.stop();
  });

  it("[DL-32] a snapshot tells the window in force too", async () => {
    const { live } = await crowd(50, 1);
    await talk(live, 1_000);

    const { socket } = join(live, "r");
    await live.settle();

    assert.equal((socket.of("snapshot")[0]?.limits.window_ms ?? 0) > 70, true);
    await live.stop();
  });

  it("[DL-32] what other processes take of the machine is not held against it, unless they leave it none", () => {
    const windowAt = (busyMs: number): number => {
      const time = { at: 0, busy: 0, cpu: 0 };
      const meter = {
        now: () => time.at,
        busyMs: () => time.busy,
        cpuMs: () => time.cpu,
        lateness: () => NEVER_LATE,
      };
      const windows = new FlushWindows(flush, meter);
      // In a second 100 writes, which took all the time that the loop was busy, and 100 ms of CPU.
      Object.assign(time, { at: 1_000, busy: busyMs, cpu: 100 });
      windows.revise([{ room: "r", viewers: 10, records: 1_000 }], { writes: 100, ms: busyMs });
      return windows.of("r");
    };

    // 10 viewers, 1 ms each: 60 % of the time are used at 17 ms; when the loop has no time left, at 10 ms a write.
    assert.deepEqual([windowAt(100), windowAt(800), windowAt(1_000)], [17, 17, 167]);
  });

  it("[DL-32] falls by at most half from one look to the next", () => {
    const clock = { at: 0 };
    const meter = {
      now: () => clock.at,
      busyMs: () => clock.at,
      cpuMs: () => clock.at,
      lateness: () => NEVER_LATE,
    };
    const windows = new FlushWindows(flush, meter);
    const seen: number[] = [];
    // Everything is fan-out: 10 ms a write, then silence.
    clock.at = 10_000;
    windows.revise([{ room: "r", viewers: 5, records: 10_000 }], { writes: 1_000, ms: 10_000 });
    for (let look = 1; look <= 5; look += 1) {
      seen.push(windows.of("r"));
      clock.at += 250;
      windows.revise([], { writes: 1_000, ms: 10_250 });
    }

    assert.deepEqual(seen, [84, 42, 21, 11, 10]);
  });
});

const LOOK_MS = 250;
const TIMER_MS = 10;
const WRITE_MS = 0.01;
/** Whose writes at the smallest window take a hundredth of the process. */
const LATE_SHARE_FROM_VIEWERS = 10;

/** A room of 500 on a machine that others fill: a write costs 10 us, fan-out never takes its share, and timers come late. */
class LateProcess implements ProcessMeter {
  /** As the router has it. */
  windowMs: number = flush.minMs;
  private at = 0;
  private late = { timers: 0, ms: 0 };
  private work = { writes: 0, ms: 0 };
  private readonly windows = new FlushWindows(flush, this);

  now(): number {
    return this.at;
  }

  busyMs(): number {
    return this.work.ms;
  }

  cpuMs(): number {
    return this.work.ms;
  }

  lateness(): Lateness {
    return this.late;
  }

  /** A quarter of a second in which timers are `lateMs` late; gives the window that is planned after it. */
  look(lateMs: number, viewers = 500): number {
    const timers = LOOK_MS / (TIMER_MS + lateMs);
    this.late = { timers: this.late.timers + timers, ms: this.late.ms + timers * lateMs };
    const writes = (viewers * LOOK_MS) / this.windowMs;
    this.work = { writes: this.work.writes + writes, ms: this.work.ms + writes * WRITE_MS };
    this.at += LOOK_MS;
    this.windows.revise([{ room: "r", viewers, records: LOOK_MS }], this.work);
    return this.windows.of("r");
  }

  looks(count: number, lateMs: number, viewers?: number): readonly number[] {
    return Array.from({ length: count }, () => (this.windowMs = this.look(lateMs, viewers)));
  }
}

describe("flush windows of an event loop that is late", () => {
  it("[DL-43] grow with it, though fan-out is in its share, and fall again when it is in time", () => {
    const process = new LateProcess();

    const before = process.looks(8, 1);
    const late = process.looks(32, 60);
    const after = process.looks(20, 1);

    assert.deepEqual(new Set(before), new Set([10]));
    assert.equal(Math.abs((late.at(-1) ?? 0) - 60) <= 1, true, late.join());
    assert.deepEqual(
      late,
      late.toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      after,
      after.toSorted((a, b) => b - a),
    );
    assert.equal(after.at(-1), 10, after.join());
  });

  it("[DL-43] stay as they are while it is late by less than the smallest window, or once for a moment", () => {
    const process = new LateProcess();

    assert.deepEqual(new Set(process.looks(20, 9)), new Set([10]));
    process.looks(16, 1);
    assert.equal(process.look(50), 10);
    assert.deepEqual(new Set(process.looks(8, 1)), new Set([10]));
  });

  it("[DL-43] stay as they are where fan-out takes next to nothing", () => {
    const viewers = LATE_SHARE_FROM_VIEWERS;

    assert.deepEqual(new Set(new LateProcess().looks(20, 100, viewers)), new Set([10]));
    assert.equal((new LateProcess().looks(20, 100, viewers + 1).at(-1) ?? 0) > 10, true);
  });

  it("[DL-43] come to rest where the lateness is their own work in part, also when they are in force 2 s later", () => {
    for (const delay of [1, 8]) {
      const process = new LateProcess();
      const planned = Array.from<number>({ length: delay }).fill(flush.minMs);
      for (let look = 0; look < 200; look += 1) {
        // Half as many writes, half as late with them; 15 ms of it are of others.
        planned.push(process.look(15 + 300 / process.windowMs));
        process.windowMs = planned.at(-delay) ?? flush.minMs;
      }
      const last = planned.slice(-40);
      const [least, most] = [Math.min(...last), Math.max(...last)];
      // w = 15 + 300 / w
      assert.equal(least >= 25 && most <= 29, true, `delay ${delay}: ${last.join()}`);
    }
  });

  it("[DL-43] [DL-5] a quiet room is flushed at once all the same", async () => {
    const clock = new FakeClock();
    const late = { timers: 0, ms: 0 };
    const meter: ProcessMeter = {
      now: () => clock.now(),
      busyMs: () => clock.now() / 2,
      cpuMs: () => clock.now() / 2,
      lateness: () => ({ ...late }),
    };
    const live = await liveEngine({ clock, settings: { flush }, meter });
    const { socket } = join(live, "r");
    await live.settle();
    for (let look = 0; look < 20; look += 1) {
      late.timers += 2;
      late.ms += 200;
      await live.settle(LOOK_MS);
    }
    await publish(live, "r", "one", 0);

    assert.deepEqual(socket.texts, ["one"]);
    await live.stop();
  });
});
