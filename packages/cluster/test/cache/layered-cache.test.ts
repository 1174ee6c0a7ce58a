import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCancelled, rootContext, Scope, taskFailureCount } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { LayeredCache } from "../../src/cache/layered-cache.ts";
import type { CacheBounds } from "../../src/cache/layered-cache.ts";
import { RedisLayer } from "../../src/cache/redis-layer.ts";
import type { RedisStrings } from "../../src/cache/redis-layer.ts";

const BOUNDS: CacheBounds = {
  maxAgeMs: 1_000,
  absentMaxAgeMs: 300,
  maxEntries: 100,
  sharedMs: 50,
  loadMs: 200,
};

/** Strings as Redis keeps them, with time to live; `fails` and `hangs` make it a bad one. */
class MemoryStrings implements RedisStrings {
  readonly held = new Map<string, { readonly value: string; readonly until: number }>();
  mood: "well" | "fails" | "hangs" = "well";
  private readonly clock: FakeClock;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  async get(key: string): Promise<string | null> {
    await this.suffer();
    const held = this.held.get(key);
    return held === undefined || this.clock.now() >= held.until ? null : held.value;
  }

  async set(key: string, value: string, lifeMs: number): Promise<void> {
    await this.suffer();
    this.held.set(key, { value, until: this.clock.now() + lifeMs });
  }

  async delete(key: string): Promise<void> {
    await this.suffer();
    this.held.delete(key);
  }

  private async suffer(): Promise<void> {
    if (this.mood === "fails") throw new Error("Redis is down");
    if (this.mood === "hangs") await new Promise(() => undefined);
  }
}

const decode = (value: unknown): string => {
  if (typeof value !== "string") throw new SyntaxError("a title is a text");
  return value;
};

/** A source that a test answers by hand, or that answers by itself from `titles`. */
class Source {
  readonly titles = new Map<string, string>();
  calls = 0;
  /** Answers of calls that wait, oldest first; undefined while each is answered at once. */
  waiting: PromiseWithResolvers<string | undefined>[] | undefined = undefined;

  readonly load = async (key: string): Promise<string | undefined> => {
    this.calls += 1;
    if (this.waiting === undefined) return this.titles.get(key);
    const answer = Promise.withResolvers<string | undefined>();
    this.waiting.push(answer);
    return answer.promise;
  };
}

interface Setup extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly ctx: Context;
  readonly source: Source;
  readonly strings: MemoryStrings;
  readonly cache: LayeredCache<string>;
  /** The cache of another process, on the same Redis and source. */
  neighbour(wallAheadMs?: number): LayeredCache<string>;
}

function setup(bounds: Partial<CacheBounds> = {}): Setup {
  const clock = new FakeClock();
  const ctx = rootContext({ clock });
  const scope = new Scope(ctx, { name: "caches" });
  const source = new Source();
  const strings = new MemoryStrings(clock);
  const cacheOn = (owner: Scope): LayeredCache<string> => {
    const shared = new RedisLayer(strings, "title:", decode);
    return new LayeredCache({ scope: owner, shared, load: source.load, bounds: { ...BOUNDS, ...bounds } });
  };
  const neighbour = (wallAheadMs = 0): LayeredCache<string> => {
    const ahead = Object.assign(Object.create(clock) as FakeClock, {
      wall: () => clock.wall() + wallAheadMs,
    });
    const own = scope.use(new Scope(rootContext({ clock: ahead }), { name: "neighbour" }));
    return cacheOn(own);
  };
  return {
    clock,
    ctx,
    source,
    strings,
    cache: cacheOn(scope),
    neighbour,
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

describe("LayeredCache", () => {
  it("[PG-30] asks memory, then the shared layer, then the source, and fills the nearer ones", async () => {
    await using made = setup();
    const { cache, ctx, source, strings } = made;
    source.titles.set("a", "Hello");

    assert.equal(await cache.get("a", ctx), "Hello");
    assert.equal(await cache.get("a", ctx), "Hello");
    const other = made.neighbour();
    assert.equal(await other.get("a", ctx), "Hello");
    strings.held.clear();
    assert.equal(await other.get("a", ctx), "Hello");

    assert.equal(source.calls, 1);
    const { entries, localHits, sharedHits, loads } = cache.figures;
    assert.deepEqual(
      { entries, localHits, sharedHits, loads },
      { entries: 1, localHits: 1, sharedHits: 0, loads: 1 },
    );
    assert.deepEqual([other.figures.localHits, other.figures.sharedHits, other.figures.loads], [1, 1, 0]);
  });

  it("[PG-31] gives no value that is older than maxAgeMs: at n-1, n and n+1 ms, from memory", async () => {
    await using made = setup();
    const { cache, clock, ctx, source, strings } = made;
    source.titles.set("a", "old");
    await cache.get("a", ctx);
    source.titles.set("a", "new");
    strings.held.clear();

    await clock.advance(999);
    assert.equal(await cache.get("a", ctx), "old");
    await clock.advance(1);
    assert.equal(await cache.get("a", ctx), "old");
    await clock.advance(1);
    assert.equal(await cache.get("a", ctx), "new");
  });

  it("[PG-31] counts the age from the load's beginning, through the shared layer too", async () => {
    for (const [age, expected] of [
      [999, "old"],
      [1_000, "old"],
      [1_001, "new"],
    ] as const) {
      await using made = setup();
      const { cache, clock, ctx, source } = made;
      source.waiting = [];
      const slow = cache.get("a", ctx);
      await clock.advance(150);
      source.waiting[0]?.resolve("old");
      await slow;
      source.waiting = undefined;
      source.titles.set("a", "new");
      // Half of its age it spends here, the other half with a neighbour that took it from Redis.
      await clock.advance(350);
      const other = made.neighbour();
      assert.equal(await other.get("a", ctx), "old");
      await clock.advance(age - 500);

      assert.equal(await other.get("a", ctx), expected, `at ${age} ms`);
      assert.equal(await cache.get("a", ctx), expected, `at ${age} ms, where it was loaded`);
    }
  });

  it("[PG-31] does not believe an entry of a clock that is ahead", async () => {
    await using made = setup();
    const { cache, ctx, source } = made;
    source.titles.set("a", "from the future");
    await made.neighbour(5).get("a", ctx);
    source.titles.set("a", "now");

    assert.equal(await cache.get("a", ctx), "now");
  });

  it("[PG-32] remembers that there is none, for absentMaxAgeMs", async () => {
    await using made = setup();
    const { cache, clock, ctx, source } = made;
    assert.equal(await cache.get("a", ctx), undefined);
    source.titles.set("a", "made meanwhile");

    await clock.advance(299);
    assert.equal(await made.neighbour().get("a", ctx), undefined);
    await clock.advance(1);
    assert.equal(await cache.get("a", ctx), undefined);
    assert.equal(source.calls, 1);
    await clock.advance(1);
    assert.equal(await cache.get("a", ctx), "made meanwhile");
  });

  it("[PG-33] loads once for a thousand who miss at the same time", async () => {
    await using made = setup();
    const { cache, clock, ctx, source } = made;
    source.waiting = [];

    const asked = Array.from({ length: 1_000 }, () => cache.get("a", ctx));
    await clock.advance(0);
    source.waiting[0]?.resolve("Hello");

    assert.deepEqual([...new Set(await Promise.all(asked))], ["Hello"]);
    assert.equal(source.calls, 1);
  });

  it("[PG-33] goes on for the others when one gives up", async () => {
    await using made = setup();
    const { cache, clock, ctx, source } = made;
    source.waiting = [];
    using impatient = ctx.cancellable();
    const first = assert.rejects(cache.get("a", impatient), isCancelled);
    const second = cache.get("a", ctx);
    await clock.advance(0);

    impatient.cancel();
    await first;
    source.waiting[0]?.resolve("Hello");

    assert.equal(await second, "Hello");
    assert.equal(source.calls, 1);
  });

  it("[PG-34] remembers no failure, and tells it to all who wait", async () => {
    await using made = setup();
    const { cache, clock, ctx, source, strings } = made;
    source.waiting = [];
    const asked = [1, 2, 3].map(() => assert.rejects(cache.get("a", ctx), /the database is down/));
    await clock.advance(0);
    source.waiting[0]?.reject(new Error("the database is down"));
    await Promise.all(asked);

    source.waiting = undefined;
    source.titles.set("a", "Hello");
    assert.equal(strings.held.size, 0);
    assert.equal(await cache.get("a", ctx), "Hello");
    assert.deepEqual([cache.figures.loads, cache.figures.failedLoads], [2, 1]);
  });

  it("[PG-34] counts a load that fails when nobody waits any more, which is no failure of a task", async () => {
    await using made = setup();
    const { cache, clock, ctx, source } = made;
    source.waiting = [];
    const failures = taskFailureCount();
    using visit = ctx.cancellable();
    const asked = assert.rejects(cache.get("a", visit), isCancelled);
    await clock.advance(0);

    visit.cancel();
    await asked;
    await clock.advance(200);

    assert.equal(cache.figures.failedLoads, 1);
    assert.equal(taskFailureCount(), failures);
  });

  it("[PG-34] gives up a load that takes longer than loadMs", async () => {
    await using made = setup();
    const { cache, clock, ctx, source } = made;
    source.waiting = [];
    const asked = assert.rejects(cache.get("a", ctx), { code: "KERNEL_DEADLINE_EXCEEDED" });

    await clock.advance(200);
    await asked;

    assert.equal(cache.figures.failedLoads, 1);
  });

  for (const mood of ["fails", "hangs"] as const) {
    it(`[PG-35] passes over a shared layer that ${mood}`, async () => {
      await using made = setup();
      const { cache, clock, ctx, source, strings } = made;
      source.titles.set("a", "Hello");
      strings.mood = mood;

      const asked = cache.get("a", ctx);
      await clock.advance(100);

      assert.equal(await asked, "Hello");
      assert.equal(cache.figures.sharedFailures, 2);
      assert.equal(await cache.get("a", ctx), "Hello");
      assert.equal(source.calls, 1);
    });
  }

  it("[PG-35] passes over what the shared layer has that is none of ours", async () => {
    await using made = setup();
    const { cache, ctx, source, strings } = made;
    for (const value of ["{", "1", "null", "{}", '{"at":"now"}', '{"at":1767225600000,"value":7}']) {
      source.titles.set(value, "Hello");
      strings.held.set(`title:${value}`, { value, until: Number.POSITIVE_INFINITY });

      assert.equal(await cache.get(value, ctx), "Hello", value);
    }
    assert.equal(cache.figures.sharedFailures, 6);
  });

  it("[PG-36] asks the source again after invalidate", async () => {
    await using made = setup();
    const { cache, ctx, source } = made;
    source.titles.set("a", "old");
    await cache.get("a", ctx);
    source.titles.set("a", "new");

    await cache.invalidate("a", ctx);

    assert.equal(await cache.get("a", ctx), "new");
    assert.equal(await made.neighbour().get("a", ctx), "new");
  });

  it("[PG-36] is not filled by a load that had begun before", async () => {
    await using made = setup();
    const { cache, clock, ctx, source, strings } = made;
    source.waiting = [];
    const early = cache.get("a", ctx);
    await clock.advance(0);

    await cache.invalidate("a", ctx);
    const late = cache.get("a", ctx);
    await clock.advance(0);
    source.waiting[1]?.resolve("new");
    assert.equal(await late, "new");
    source.waiting[0]?.resolve("old");

    assert.equal(await early, "old");
    assert.equal(await cache.get("a", ctx), "new");
    assert.match(strings.held.get("title:a")?.value ?? "", /"new"/);
  });

  it("[PG-36] says when the shared layer could not be told", async () => {
    await using made = setup();
    const { cache, ctx, source, strings } = made;
    source.titles.set("a", "old");
    await cache.get("a", ctx);
    source.titles.set("a", "new");
    strings.mood = "fails";

    await assert.rejects(cache.invalidate("a", ctx), /Redis is down/);

    assert.equal(await cache.get("a", ctx), "new");
  });

  it("[PG-37] holds at most maxEntries; what was used longest ago goes: at n-1, n and n+1", async () => {
    await using made = setup({ maxEntries: 3 });
    const { cache, ctx, source, strings } = made;
    for (const key of ["a", "b", "c"]) {
      source.titles.set(key, key);
      await cache.get(key, ctx);
    }
    assert.equal(cache.figures.entries, 3);
    await cache.get("a", ctx);
    await cache.get("d", ctx);
    assert.equal(cache.figures.entries, 3);
    strings.held.clear();
    const before = source.calls;

    for (const key of ["a", "c", "d"]) await cache.get(key, ctx);
    assert.equal(source.calls, before);
    await cache.get("b", ctx);
    assert.equal(source.calls, before + 1);
  });

  it("[PG-31] refuses bounds under which a load could end too old, and those that are no whole numbers", () => {
    const scope = new Scope(rootContext({ clock: new FakeClock() }), { name: "none" });
    const of = (bounds: Partial<CacheBounds>) => () =>
      new LayeredCache({ scope, load: async () => undefined, bounds: { ...BOUNDS, ...bounds } });

    assert.doesNotThrow(of({ loadMs: 250 }));
    assert.throws(of({ loadMs: 251 }), { code: "KERNEL_INVALID_ARGUMENT" });
    for (const maxEntries of [0, 1.5, Number.NaN])
      assert.throws(of({ maxEntries }), { code: "KERNEL_INVALID_ARGUMENT" });
  });
});
