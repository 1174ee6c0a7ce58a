import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { sharedShadow, watchShared, type WatchedView } from "@barrage/kernel-node/race";

function shared(threads = 2): {
  memory: SharedArrayBuffer;
  shadow: SharedArrayBuffer;
  of: (n: number) => WatchedView;
} {
  const memory = new SharedArrayBuffer(16);
  const shadow = sharedShadow(new Int32Array(memory), { threads });
  return { memory, shadow, of: (n) => watchShared(new Int32Array(memory), shadow, n) };
}

type Two = (one: WatchedView, two: WatchedView) => void;

/**
 * Go's tests of atomics (runtime/race/testdata/atomic_test.go), written anew. Two views stand for two threads, so that
 * the order is the one written; element 0 is the original's `x`, element 1 its flag.
 */
const ATOMICS: Readonly<Record<string, Two>> = {
  NoRaceAtomicAddInt64(one, two) {
    one.set(0, 1);
    one.add(1, 1);
    if (two.add(1, 1) === 1) two.set(0, 2);
  },
  RaceAtomicAddInt64(one, two) {
    one.set(0, 1);
    one.add(1, 1);
    two.set(0, 2);
    two.add(1, 1);
  },
  NoRaceAtomicAddInt32(one, two) {
    one.set(0, 1);
    one.add(1, 1);
    if (two.add(1, 1) === 1) two.get(0);
  },
  NoRaceAtomicLoadAddInt32(one, two) {
    one.set(0, 2);
    one.add(1, 1);
    if (two.load(1) === 1) two.set(0, 1);
  },
  NoRaceAtomicLoadStoreInt32(one, two) {
    one.set(0, 2);
    one.store(1, 1);
    if (two.load(1) === 1) two.set(0, 1);
  },
  NoRaceAtomicStoreCASInt32(one, two) {
    one.set(0, 2);
    one.store(1, 1);
    if (two.compareExchange(1, 1, 0) === 1) two.set(0, 1);
  },
  NoRaceAtomicCASLoadInt32(one, two) {
    one.set(0, 2);
    one.compareExchange(1, 0, 1);
    if (two.load(1) === 1) two.set(0, 1);
  },
  NoRaceAtomicCASCASInt32(one, two) {
    one.set(0, 2);
    one.compareExchange(1, 0, 1);
    if (two.compareExchange(1, 1, 0) === 1) two.set(0, 1);
  },
  NoRaceAtomicCASCASInt32_2(one, two) {
    one.set(0, 1);
    if (one.compareExchange(1, 0, 1) !== 0) one.set(0, 2);
    if (two.compareExchange(1, 0, 1) !== 0) two.set(0, 2);
  },
  NoRaceDeferAtomicStore(one, two) {
    one.set(0, 1);
    one.store(1, 1);
    two.load(1);
    two.set(0, 2);
  },
  RaceAtomicStoreLoad(one, two) {
    one.store(0, 1);
    two.get(0);
  },
  RaceAtomicLoadStore(one, two) {
    one.load(0);
    two.set(0, 1);
  },
  RaceAtomicAddLoad(one, two) {
    one.add(0, 1);
    two.get(0);
  },
  RaceAtomicAddStore(one, two) {
    one.add(0, 1);
    two.set(0, 42);
  },
};

const OTHER_WIDTH = "the same program on another width of integer; one width is one class of views here";

const LEFT_OUT: Readonly<Record<string, string>> = {
  NoRaceAtomicLoadInt64: OTHER_WIDTH,
  NoRaceAtomicCASCASUInt64: OTHER_WIDTH,
  NoRaceAtomicStoreCASUint64: OTHER_WIDTH,
  NoRaceAtomicLoadStorePointer: "shared memory holds no references",
  NoRaceAtomicCrash: "shared memory holds no references that could be nil",
};

describe("shared memory", () => {
  for (const [name, program] of Object.entries(ATOMICS)) {
    const racy = name.startsWith("Race");
    it(`[${racy ? "KD-83" : "KD-84"}] ${name} ${racy ? "is found" : "is clean"}`, () => {
      const { of } = shared();

      program(of(0), of(1));

      assert.equal(of(0).races.length > 0, racy, JSON.stringify(of(0).races));
    });
  }

  it("[KD-83, KD-84] has all of Go's tests or a reason to leave them out", (t) => {
    const root = spawnSync("go", ["env", "GOROOT"], { encoding: "utf8" });
    if (root.status !== 0) return t.skip("no go here");
    const file = join(root.stdout.trim(), "src/runtime/race/testdata/atomic_test.go");
    const original = [...readFileSync(file, "utf8").matchAll(/^func Test((?:No)?Race\w+)\(/gm)].map(
      ([, name]) => name ?? "",
    );

    assert.deepEqual([...Object.keys(ATOMICS), ...Object.keys(LEFT_OUT)].toSorted(), original.toSorted());
  });

  it("[KD-83] tells element, threads and what each did", () => {
    const { of } = shared(3);

    of(2).set(3, 1);
    of(1).get(3);

    assert.deepEqual(of(0).races, [{ element: 3, threads: [2, 1], kinds: ["write", "read"] }]);
  });

  it("[KD-84] takes the operations' results from the array itself", () => {
    const { memory, of } = shared();
    const view = of(0);
    const results = [
      view.store(0, 5),
      view.add(0, 2),
      view.sub(0, 1),
      view.exchange(0, 9),
      view.compareExchange(0, 9, 3),
      view.load(0),
    ];

    view.set(1, 8);

    assert.deepEqual(results, [5, 5, 7, 6, 9, 3]);
    assert.deepEqual([...new Int32Array(memory)], [3, 8, 0, 0]);
    assert.equal(view.get(1), 8);
    assert.throws(() => of(2), RangeError);
    assert.throws(() => of(-1), RangeError);
  });
});

describe("shared memory between worker threads", () => {
  async function work(how: "plain" | "atomic" | "message"): Promise<{ races: number; sum: number }> {
    const { memory, shadow, of } = shared(3);
    const own = of(0);
    const ends: Promise<number[]>[] = [];
    let before: Promise<number[]> = Promise.resolve(own.stamp());
    for (const thread of [1, 2]) {
      const worker = new Worker(new URL("shared-worker.ts", import.meta.url), {
        workerData: { memory, shadow, thread, how },
      });
      const end = new Promise<number[]>((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
      });
      if (how === "message") void before.then((stamp) => worker.postMessage(stamp));
      before = end;
      ends.push(end);
    }
    for (const end of ends) own.receive(await end);
    return { races: own.races.length, sum: own.get(0) };
  }

  it("[KD-83] finds plain additions of two threads (T04, T23)", async () => {
    assert.ok((await work("plain")).races > 0);
  });

  it("[KD-84] is silent about atomic additions, and about plain ones with a message between them", async () => {
    assert.deepEqual(await work("atomic"), { races: 0, sum: 400 });
    assert.deepEqual(await work("message"), { races: 0, sum: 400 });
  });
});
