import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  background,
  type Context,
  Lifecycle,
  LifecycleError,
  nextTurn,
  onTaskFailure,
  type Provider,
  provider,
  rootContext,
  sleep,
} from "@barrage/kernel";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";
import { FakeClock } from "@barrage/testkit";

interface Part {
  readonly needs?: readonly Provider<string>[];
  readonly start?: (ctx: Context) => unknown;
  readonly stop?: (ctx: Context) => unknown;
}

/** A provider of its own name that notes when it starts and stops. */
function part(name: string, log: string[], { needs = [], start, stop }: Part = {}): Provider<string> {
  return provider({
    name,
    needs: Object.fromEntries(needs.map((need) => [need.name, need])),
    start: async (_, ctx) => {
      await start?.(ctx);
      log.push(`+${name}`);
      return name;
    },
    stop: async (_, ctx) => {
      log.push(`-${name}`);
      await stop?.(ctx);
    },
  });
}

const fail = (message: string) => (): never => {
  throw new Error(message);
};

async function failure(running: Promise<void>): Promise<LifecycleError> {
  const error = await running.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof LifecycleError, String(error));
  return error;
}

const messages = (error: LifecycleError): readonly string[] =>
  error.errors.map((one) => (one as Error).message);

describe("Lifecycle", () => {
  it("[KN-170] starts what is needed first, each part once, and nothing that nobody needs", async () => {
    const log: string[] = [];
    const config = part("config", log);
    const db = part("db", log, { needs: [config] });
    const cache = part("cache", log, { needs: [config] });
    part("unused", log, { needs: [config] });
    const app = new Lifecycle([part("http", log, { needs: [db, cache] }), db]);

    await assertNoLeaks(() => app.start());

    assert.deepEqual(log.slice(0, 1), ["+config"]);
    assert.deepEqual(log.slice(1, 3).toSorted(), ["+cache", "+db"]);
    assert.deepEqual(log.slice(3), ["+http"]);
  });

  it("[KN-170] gives each part the values of what it needs", async () => {
    const port = provider({ name: "port", start: () => 8080 });
    const host = provider({ name: "host", start: () => Promise.resolve("localhost") });
    const url = provider({
      name: "url",
      needs: { port, host },
      start: (needs) => `http://${needs.host}:${needs.port.toFixed(0)}`,
    });
    const app = new Lifecycle([url]);

    await app.start();

    const got: string = app.get(url);
    assert.equal(got, "http://localhost:8080");
  });

  it("[KN-170] starts independent parts at the same time", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const slow = (name: string, needs: readonly Provider<string>[] = []): Provider<string> =>
      part(name, [], { needs, start: (own) => sleep(100, own) });
    const [a, b] = [slow("a"), slow("b")];
    const app = new Lifecycle([slow("c", [a, b])]);
    const starting = app.start(ctx);

    await clock.advance(199);
    assert.equal(app.state, "starting");
    await clock.advance(1);

    await starting;
    assert.equal(app.state, "started");
  });

  it("[KN-171] names a circle, and starts nothing", async () => {
    const log: string[] = [];
    const a: Provider<string> = provider({ name: "a", needs: () => ({ b }), start: () => "a" });
    const b: Provider<string> = provider({ name: "b", needs: () => ({ c }), start: () => "b" });
    const c: Provider<string> = provider({ name: "c", needs: () => ({ a }), start: () => "c" });
    const app = new Lifecycle([part("first", log), provider({ name: "root", needs: { a }, start: () => 1 })]);

    await assert.rejects(app.start(), {
      code: "KERNEL_LIFECYCLE_CYCLE",
      message: "lifecycle has parts that need each other: a -> b -> c -> a",
    });

    assert.deepEqual([log.length, app.state], [0, "idle"]);
    const self: Provider<string> = provider({ name: "self", needs: () => ({ self }), start: () => "" });
    await assert.rejects(new Lifecycle([self]).start(), { message: /self -> self$/ });
  });

  it("[KN-172] stops in reverse what was started when a part fails, and throws what failed (fx: rollback)", async () => {
    const log: string[] = [];
    const a = part("a", log);
    const b = part("b", log, { needs: [a] });
    const bad = part("bad", log, { needs: [b], start: fail("no port") });
    const app = new Lifecycle([part("never", log, { needs: [bad] })], { name: "app" });

    const error = await failure(app.start());

    assert.deepEqual(
      [error.code, error.message],
      ["KERNEL_LIFECYCLE_START_FAILED", "app did not start; failed: bad"],
    );
    assert.equal((error.cause as Error).message, "no port");
    assert.deepEqual(log, ["+a", "+b", "-b", "-a"]);
    assert.equal(app.state, "failed");
    assert.deepEqual(
      app.health().map(({ name, state }) => `${name} ${state}`),
      ["a stopped", "b stopped", "bad failed", "never idle"],
    );
  });

  it("[KN-172] gathers the failures of the rollback too, and cancels starts under way", async () => {
    const log: string[] = [];
    const a = part("a", log, { stop: fail("a stays") });
    const b = part("b", log, { needs: [a], stop: fail("b stays") });
    const bad = part("bad", log, { needs: [b], start: fail("bad") });
    let cause: unknown;
    const slow = part("slow", log, {
      start: (ctx) =>
        sleep(1e6, ctx).catch((error: unknown) => {
          cause = ctx.cause;
          throw error;
        }),
    });

    const error = await failure(new Lifecycle([bad, slow]).start());

    assert.deepEqual(messages(error), ["bad", "b stays", "a stays"]);
    assert.equal((cause as Error).message, "bad");
    assert.deepEqual(log, ["+a", "+b", "-b", "-a"]);
  });

  it("[KN-172] rolls back when its context passes its deadline", async () => {
    const clock = new FakeClock();
    const log: string[] = [];
    const a = part("a", log);
    const app = new Lifecycle([part("b", log, { needs: [a], start: (ctx) => sleep(1000, ctx) })]);
    const starting = failure(app.start(rootContext({ clock }).cancellable({ timeout: 100 })));

    await clock.advance(100);

    assert.equal((await starting).fields["parts"], "b");
    assert.deepEqual(log, ["+a", "-a"]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-172] waits for a rollback no longer than it may", async () => {
    const clock = new FakeClock();
    const never = Promise.withResolvers<void>();
    const a = part("a", [], { stop: () => never.promise });
    const bad = part("bad", [], { needs: [a], start: fail("bad") });
    const starting = failure(new Lifecycle([bad], { rollbackMs: 50 }).start(rootContext({ clock })));

    await clock.advance(50);

    assert.deepEqual(messages(await starting), ["bad", "undo lifecycle passed its deadline"]);
    never.resolve();
  });

  it("[KN-173] stops in the reverse order, goes on after failures, and throws them all (fx: errors gathered)", async () => {
    const log: string[] = [];
    const a = part("a", log, { stop: fail("a") });
    const b = part("b", log, { needs: [a] });
    const c = part("c", log, { needs: [b], stop: fail("c") });
    const app = new Lifecycle([c], { name: "app" });
    await app.start();

    const error = await failure(app.stop());

    assert.deepEqual(log, ["+a", "+b", "+c", "-c", "-b", "-a"]);
    assert.deepEqual(messages(error), ["c", "a"]);
    assert.deepEqual(
      [error.code, error.message],
      ["KERNEL_LIFECYCLE_STOP_FAILED", "app did not stop well; failed: a, c"],
    );
    assert.equal(app.state, "stopped");
  });

  it("[KN-174] starts nothing with a cancelled context, and calls every stop with one (fx: expired context)", async () => {
    const log: string[] = [];
    const expired = background.cancellable({ timeout: 0 });
    const hanging = Promise.withResolvers<void>();
    const a = part("a", log, { stop: (ctx) => ctx.throwIfCancelled() });
    const b = part("b", log, { needs: [a], stop: () => hanging.promise });
    const app = new Lifecycle([b]);

    await assert.rejects(app.start(expired), { code: "KERNEL_DEADLINE_EXCEEDED" });
    assert.deepEqual([log.length, app.state], [0, "idle"]);
    await app.start();
    const error = await failure(app.stop(expired));

    assert.deepEqual(log, ["+a", "+b", "-b", "-a"]);
    assert.equal(error.errors.length, 2);
    hanging.resolve();
  });

  it("[KN-175] refuses to start twice, in every state between (fx: start while started)", async () => {
    const app = new Lifecycle([part("a", [], { start: () => nextTurn(), stop: () => nextTurn() })]);
    const refused = async (state: string): Promise<void> => {
      await assert.rejects(app.start(), {
        code: "KERNEL_LIFECYCLE_STATE",
        message: `lifecycle cannot start: it is ${state}`,
      });
    };

    const starting = app.start();
    await refused("starting");
    await starting;
    await refused("started");
    const stopping = app.stop();
    await refused("stopping");
    await stopping;
    assert.equal(app.state, "stopped");
  });

  it("[KN-175] starts anew after a stop, and after a failed start", async () => {
    const log: string[] = [];
    let broken = true;
    const a = part("a", log);
    const b = part("b", log, { needs: [a], start: () => (broken ? fail("not yet")() : undefined) });
    const app = new Lifecycle([b]);

    await failure(app.start());
    broken = false;
    await app.start();
    await app.stop();
    await app.start();

    assert.deepEqual(log.join(" "), "+a -a +a +b -b -a +a +b");
  });

  it("[KN-175] does nothing when it is stopped before a start, and stops once for two", async () => {
    const log: string[] = [];
    const app = new Lifecycle([part("a", log)]);

    await app.stop();
    assert.equal(app.state, "idle");
    await app.start();
    await Promise.all([app.stop(), app.stop()]);
    await app.stop();

    assert.deepEqual(log, ["+a", "-a"]);
  });

  it("[KN-175] calls a start off", async () => {
    const log: string[] = [];
    const a = part("a", log);
    const app = new Lifecycle([part("b", log, { needs: [a], start: (ctx) => sleep(1e6, ctx) })]);
    const starting = failure(app.start());
    await nextTurn();

    await app.stop();

    assert.equal(((await starting).cause as Error).message, "start lifecycle was cancelled");
    assert.deepEqual([log, app.state], [["+a", "-a"], "failed"]);
  });

  it("[KN-176] finds what is started, and nothing else", async () => {
    const a = part("a", []);
    const app = new Lifecycle([a]);

    assert.equal(app.find(a), undefined);
    await app.start();
    assert.deepEqual([app.find(a), app.find(part("b", []))], ["a", undefined]);
    await app.stop();

    assert.equal(app.find(a), undefined);
  });

  it("[KN-176] shows states and health, and gives values only of what is started", async () => {
    const told: { reason?: string } = {};
    const db = provider({ name: "db", start: () => "db", health: () => told.reason });
    const odd = provider({
      name: "odd",
      start: () => 1,
      health: () => {
        throw new Error("?");
      },
    });
    const app = new Lifecycle([db]);

    assert.throws(() => app.get(db), { code: "KERNEL_LIFECYCLE_NOT_STARTED", message: "db is not started" });
    assert.deepEqual([app.health(), app.healthy], [[], false]);
    await app.start();
    assert.deepEqual(app.health(), [{ name: "db", state: "started", reason: undefined }]);
    assert.deepEqual([app.healthy, app.get(db)], [true, "db"]);
    told.reason = "read only";
    assert.deepEqual([app.health()[0]?.reason, app.healthy], ["read only", false]);
    await app.stop();
    assert.deepEqual(app.health()[0]?.reason, "stopped");
    assert.throws(() => app.get(db), { code: "KERNEL_LIFECYCLE_NOT_STARTED" });
    const other = new Lifecycle([odd]);
    await other.start();
    assert.equal(other.health()[0]?.reason, "its health check failed");
  });

  it("[KN-178] tells its plan without starting anything", () => {
    const log: string[] = [];
    const db = part("db", log);
    const cache = part("cache", log, { needs: [db] });
    const api = part("api", log, { needs: [cache, db] });
    const app = new Lifecycle([api, cache]);

    assert.deepEqual(app.plan(), [
      { name: "db", needs: [] },
      { name: "cache", needs: ["db"] },
      { name: "api", needs: ["cache", "db"] },
    ]);
    assert.deepEqual([log, app.state], [[], "idle"]);
  });

  it("[KN-179] starts some parts ahead, then the others, and stops all of them in the reverse order", async () => {
    const log: string[] = [];
    const a = part("a", log);
    const b = part("b", log, { needs: [a] });
    const other = part("other", log);
    const app = new Lifecycle([part("c", log, { needs: [b] })]);

    await app.prepare([b, other]);
    assert.deepEqual([log, app.state, app.find(b), app.healthy], [["+a", "+b"], "prepared", "b", false]);
    await assert.rejects(app.prepare([b]), { code: "KERNEL_LIFECYCLE_STATE" });
    await app.start();
    assert.deepEqual([log, app.state, app.healthy], [["+a", "+b", "+c"], "started", true]);
    await app.stop();

    assert.deepEqual(log.slice(3), ["-c", "-b", "-a"]);
  });

  it("[KN-179] stops what was started ahead: when it is told to, and when another part fails", async () => {
    const log: string[] = [];
    const a = part("a", log);
    let broken = false;
    const b = part("b", log, { needs: [a], start: () => (broken ? fail("no")() : undefined) });
    const app = new Lifecycle([b]);

    await app.prepare([a]);
    await app.stop();
    assert.deepEqual([log.splice(0), app.state, app.find(a)], [["+a", "-a"], "stopped", undefined]);
    broken = true;
    await app.prepare([a]);
    assert.deepEqual(messages(await failure(app.start())), ["no"]);
    assert.deepEqual([log.splice(0), app.state], [["+a", "-a"], "failed"]);
    assert.deepEqual(messages(await failure(app.prepare([b]))), ["no"]);

    assert.deepEqual([log, app.state], [["+a", "-a"], "failed"]);
  });

  it("[KN-177] stops a part that came up after it was given up", async () => {
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    const app = new Lifecycle([part("stubborn", log, { start: () => gate.promise })]);
    const ctx = background.cancellable();
    const starting = failure(app.start(ctx));
    await nextTurn();
    ctx.cancel();
    await starting;
    assert.deepEqual(log, []);

    gate.resolve();
    await nextTurn();

    assert.deepEqual(log, ["+stubborn", "-stubborn"]);
  });

  it("[KN-177] reports a part that fails after it was given up", async () => {
    const failures: string[] = [];
    using _ = onTaskFailure(({ error }) => failures.push((error as Error).message));
    const gate = Promise.withResolvers<void>();
    const app = new Lifecycle([part("stubborn", [], { start: () => gate.promise })]);
    const ctx = background.cancellable();
    const starting = failure(app.start(ctx));
    await nextTurn();
    ctx.cancel();
    await starting;

    gate.reject(new Error("late"));
    await nextTurn();

    assert.deepEqual(failures, ["late"]);
  });

  it("[KN-170][KN-172][KN-173] keeps every order, in any graph, whichever part fails", async () => {
    const graph = fc.record({
      // Part i may need parts before it.
      needs: fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 8 }),
      pauses: fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }),
      fails: fc.option(fc.nat(7), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(graph, async ({ needs, pauses, fails }) => {
        const log: string[] = [];
        const parts: Provider<string>[] = [];
        const before = needs.map((picks, i) => (i === 0 ? [] : [...new Set(picks.map((n) => n % i))]));
        for (const [i, own] of before.entries()) {
          const start = async (ctx: Context): Promise<void> => {
            for (let step = 0; step < (pauses[i] ?? 0); step++) {
              await nextTurn();
              ctx.throwIfCancelled();
            }
            if (i === fails) throw new Error("fails");
          };
          parts.push(part(`${i}`, log, { needs: own.flatMap((n) => parts[n] ?? []), start }));
        }
        const app = new Lifecycle(parts);
        const breaks = fails !== undefined && fails < parts.length;
        if (breaks) await failure(app.start());
        else await app.start().then(() => app.stop());
        const ups = log.filter((entry) => entry.startsWith("+")).map((entry) => Number(entry.slice(1)));
        const downs = log.filter((entry) => entry.startsWith("-")).map((entry) => Number(entry.slice(1)));
        assert.deepEqual(downs, ups.toReversed());
        if (!breaks) assert.equal(ups.length, parts.length);
        for (const [place, i] of ups.entries()) {
          for (const need of before[i] ?? []) assert.ok(ups.indexOf(need) >= 0 && ups.indexOf(need) < place);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("[KN-102] refuses a provider of another make", () => {
    assert.throws(() => new Lifecycle([{ name: "foreign" }]), {
      code: "KERNEL_FOREIGN",
      message: /the provider was not made/,
    });
  });
});
