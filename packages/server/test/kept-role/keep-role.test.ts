import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { keepRole } from "../../src/kept-role/keep-role.ts";
import type { ChildListener, ProcessStarter } from "../../src/supervisor/control-port.ts";

const RESPAWN = { baseMs: 250, maxMs: 1_000, stableMs: 10_000 };

/** A process that ends when the test says so. */
class Puppet {
  readonly heard: unknown[] = [];
  readonly pid: number;
  private readonly listener: ChildListener;

  constructor(pid: number, listener: ChildListener) {
    this.pid = pid;
    this.listener = listener;
  }

  begin(): void {
    this.listener.message({ type: "hello" });
  }

  send(message: unknown): void {
    this.heard.push(message);
  }

  kill(): void {
    this.end(null, "SIGKILL");
  }

  serves(): void {
    this.listener.message({ type: "serves" });
  }

  end(code: number | null, signal: string | null = null): void {
    this.listener.exited(code, signal);
  }
}

class Puppets implements ProcessStarter {
  readonly spare = undefined;
  readonly started: Puppet[] = [];
  prepared = 0;
  isClosed = false;

  get last(): Puppet {
    const last = this.started.at(-1);
    if (last === undefined) throw new Error("nothing was started");
    return last;
  }

  start(_: "owner" | "worker", listener: ChildListener): Puppet {
    const puppet = new Puppet(this.started.length + 1, listener);
    this.started.push(puppet);
    return puppet;
  }

  prepare(): void {
    this.prepared += 1;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** A supervisor over processes of the test's own; ends them when the test has ended. */
async function kept(body: (parts: Parts) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const ctx = rootContext({ clock }).cancellable({ name: "supervisor" });
  const starter = new Puppets();
  const lines: string[] = [];
  const say = (_: unknown, text: string): void => void lines.push(text);
  const log = { info: say, warn: say } as never;
  const code = keepRole({ starter, respawn: RESPAWN, log }, ctx);
  await clock.advance(0);
  await body({ clock, starter, lines, code, stop: () => ctx.cancel() });
}

interface Parts {
  readonly clock: FakeClock;
  readonly starter: Puppets;
  readonly lines: readonly string[];
  readonly code: Promise<number>;
  stop(): void;
}

/** Told to end, and ended with this code. */
async function ended({ starter, stop, clock, code }: Parts, exit = 0): Promise<number> {
  stop();
  starter.last.end(exit);
  await clock.advance(0);
  return code;
}

describe("the supervisor of a role", () => {
  it("[CR-50] starts another at once where one that lived long has ended, whatever ended it", async () => {
    await kept(async (parts) => {
      const { starter, clock } = parts;
      for (const [code, signal] of [
        [null, "SIGKILL"],
        [1, null],
        [0, null],
      ] as const) {
        starter.last.serves();
        await clock.advance(RESPAWN.stableMs);
        starter.last.end(code, signal);
        await clock.advance(0);
      }

      assert.deepEqual(
        starter.started.map(({ heard }) => heard),
        [0, 1, 2, 3].map((restarts) => [{ type: "start", restarts }]),
      );
      assert.equal(await ended(parts), 0);
    });
  });

  it("[CR-51] loads the next one when the role has served for three seconds, once for each", async () => {
    await kept(async (parts) => {
      const { starter, clock } = parts;
      assert.equal(starter.prepared, 0);
      starter.last.serves();
      await clock.advance(2_999);
      assert.equal(starter.prepared, 0);
      await clock.advance(1);
      assert.equal(starter.prepared, 1);
      starter.last.kill();
      await clock.advance(5_000);
      assert.equal(starter.prepared, 1);
      starter.last.serves();
      await clock.advance(3_000);
      assert.equal(starter.prepared, 2);

      await ended(parts);
      assert.equal(starter.isClosed, true);
    });
  });

  it("[CR-52] waits longer each time for one that dies early again and again, and not after a long life", async () => {
    await kept(async (parts) => {
      const { starter, clock, lines } = parts;
      starter.last.serves();
      for (const waitMs of [0, 250, 500, 1_000, 1_000]) {
        const before = starter.started.length;
        await clock.advance(RESPAWN.stableMs - 1);
        starter.last.kill();
        await clock.advance(Math.max(0, waitMs - 1));
        assert.equal(starter.started.length, waitMs === 0 ? before + 1 : before);
        await clock.advance(waitMs === 0 ? 0 : 1);
        assert.equal(starter.started.length, before + 1);
      }
      await clock.advance(RESPAWN.stableMs);
      starter.last.kill();
      await clock.advance(0);

      assert.equal(starter.started.length, 7);
      assert.equal(lines.filter((line) => /ended unasked \(SIGKILL\); another/.test(line)).length, 6);
      await ended(parts);
    });
  });

  it("[CR-53] ends with the code of a first process that does not come up, and tries again with one that was killed", async () => {
    await kept(async ({ starter, code, clock }) => {
      starter.last.kill();
      await clock.advance(0);
      assert.equal(starter.started.length, 2);
      starter.last.end(2);
      await clock.advance(0);

      assert.equal(await code, 2);
      assert.equal(starter.started.length, 2);
    });
  });

  it("[CR-53] tries again with a later one that does not come up", async () => {
    await kept(async (parts) => {
      const { starter, clock } = parts;
      starter.last.serves();
      await clock.advance(RESPAWN.stableMs);
      starter.last.kill();
      await clock.advance(0);
      starter.last.end(1);
      await clock.advance(0);

      assert.equal(starter.started.length, 3);
      await ended(parts);
    });
  });

  it("[CR-54] hands on that it is to end, and ends with the role's exit code", async () => {
    await kept(async (parts) => {
      const { starter } = parts;
      starter.last.serves();

      assert.equal(await ended(parts, 7), 7);
      assert.deepEqual(starter.last.heard.at(-1), { type: "drain" });
      assert.equal(starter.started.length, 1);
    });
  });

  it("[CR-54] ends at once where nothing runs that would have to end", async () => {
    await kept(async ({ starter, clock, stop, code }) => {
      starter.last.serves();
      starter.last.kill();
      await clock.advance(0);
      starter.last.kill();
      await clock.advance(0);
      stop();
      await clock.advance(0);

      assert.equal(await code, 0);
      assert.equal(starter.started.length, 2);
    });
  });
});
