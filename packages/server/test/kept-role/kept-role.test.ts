import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, unlessCancelled } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { KeptRole } from "../../src/kept-role/kept-role.ts";
import type { ControlPort } from "../../src/supervisor/control-port.ts";

/** The line to a supervisor that the test is. */
class Line implements ControlPort {
  readonly sent: unknown[] = [];
  readonly calls: unknown[] = [];
  private listener: Parameters<ControlPort["listen"]>[0] | undefined;

  send(message: unknown): void {
    this.sent.push(message);
  }

  listen(listener: Parameters<ControlPort["listen"]>[0]): void {
    this.listener = listener;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  say(message: unknown): void {
    this.listener?.message(message);
  }

  breaks(): void {
    this.listener?.closed();
  }
}

interface Parts {
  readonly line: Line;
  readonly clock: FakeClock;
  /** What came of it, in order. */
  readonly told: unknown[];
  readonly made: Prepared;
  /** What preparing and the rehearsal come to. */
  readonly preparing: PromiseWithResolvers<void>;
  readonly rehearsal: PromiseWithResolvers<void>;
}

/** What was prepared, and whether it was closed again. */
class Prepared implements AsyncDisposable {
  isClosed = false;

  [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** A process that has said that it is loaded. */
async function loaded(body: (parts: Parts) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const ctx = rootContext({ clock }).cancellable({ name: "role" });
  const line = new Line();
  const told: unknown[] = [];
  const preparing = Promise.withResolvers<void>();
  const rehearsal = Promise.withResolvers<void>();
  const kept = new KeptRole(line, {
    drain: () => told.push("drain"),
    orphaned: () => told.push("orphaned"),
  });
  const made = new Prepared();
  const wanted = kept.wanted(
    {
      async prepare() {
        told.push("prepares");
        await preparing.promise;
        return made;
      },
      async rehearse(prepared, own) {
        assert.equal(prepared, made);
        told.push("rehearses");
        await unlessCancelled(rehearsal.promise, own);
      },
    },
    ctx,
  );
  const begun = wanted.then(({ restarts, prepared }) => {
    told.push(restarts, prepared === made ? "prepared" : "from nothing");
    kept.serves();
  });
  await clock.advance(0);
  await body({ line, clock, told, made, preparing, rehearsal });
  line.say({ type: "start", restarts: 9 });
  await begun;
  ctx.cancel();
}

describe("a role's process below its supervisor", () => {
  it("[CR-51] says that it is loaded, begins when it is told to, and says that it serves; at once, it rehearses nothing", async () => {
    await loaded(async ({ line, clock, told }) => {
      assert.deepEqual([line.sent, told], [[{ type: "hello" }], []]);
      line.say({ type: "start", restarts: 3 });
      line.say({ type: "start", restarts: 4 });
      await clock.advance(1_000);

      assert.deepEqual(told, [3, "from nothing"]);
      assert.deepEqual(line.sent, [{ type: "hello" }, { type: "serves" }]);
    });
  });

  it("[CR-51] prepares itself and rehearses while nobody wants it, says so, and begins with what it prepared", async () => {
    await loaded(async ({ line, clock, told, preparing, rehearsal }) => {
      await clock.advance(249);
      assert.deepEqual(told, []);
      await clock.advance(1);
      assert.deepEqual([told, line.sent.length], [["prepares"], 1]);
      preparing.resolve();
      await clock.advance(0);
      assert.deepEqual([told, line.sent.length], [["prepares", "rehearses"], 1]);
      rehearsal.resolve();
      await clock.advance(0);
      assert.deepEqual(line.sent.at(-1), { type: "rehearsed" });
      line.say({ type: "start", restarts: 1 });
      await clock.advance(0);

      assert.deepEqual(told, ["prepares", "rehearses", 1, "prepared"]);
    });
  });

  it("[CR-51] begins with what it prepared in the middle of a rehearsal, and after one that failed or took too long", async () => {
    for (const end of [
      () => undefined,
      ({ rehearsal }: Parts) => rehearsal.reject(new Error("away")),
      ({ clock }: Parts) => clock.advance(15_000),
    ]) {
      await loaded(async (parts) => {
        const { line, clock, told, made, preparing } = parts;
        await clock.advance(250);
        preparing.resolve();
        await clock.advance(0);
        await Promise.resolve(end(parts));
        await clock.advance(0);
        line.say({ type: "start", restarts: 1 });
        await clock.advance(0);

        assert.deepEqual(told, ["prepares", "rehearses", 1, "prepared"]);
        assert.deepEqual([line.sent.at(-1), made.isClosed], [{ type: "serves" }, false]);
      });
    }
  });

  it("[CR-51] begins from nothing where nothing is prepared yet, and closes what comes too late", async () => {
    await loaded(async ({ line, clock, told, made, preparing }) => {
      await clock.advance(250);
      line.say({ type: "start", restarts: 1 });
      await clock.advance(0);
      assert.deepEqual([told, line.sent.at(-1)], [["prepares", 1, "from nothing"], { type: "serves" }]);
      preparing.resolve();
      await clock.advance(0);

      assert.deepEqual([told.length, made.isClosed], [3, true]);
    });
    await loaded(async ({ line, clock, told, preparing }) => {
      await clock.advance(250);
      preparing.reject(new Error("away"));
      await clock.advance(0);
      assert.deepEqual(line.sent.at(-1), { type: "rehearsed" });
      line.say({ type: "start", restarts: 1 });
      await clock.advance(0);

      assert.deepEqual(told, ["prepares", 1, "from nothing"]);
    });
  });

  it("[CR-54] hears that it is to end, and that its supervisor is no more; nothing else moves it", async () => {
    await loaded(async ({ line, told }) => {
      for (const message of [undefined, "drain", { type: "start" }, { type: "start", restarts: -1 }, {}])
        line.say(message);
      assert.deepEqual(told, []);
      line.say({ type: "drain" });
      line.breaks();

      assert.deepEqual(told, ["drain", "orphaned"]);
    });
  });
});
