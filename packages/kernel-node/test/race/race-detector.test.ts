import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { go, nextTurn, scope, Semaphore } from "@barrage/kernel";
import { type Race, RaceDetector } from "@barrage/kernel-node/race";
import { CHANNELS, SELECTS } from "./go-channel-races.ts";
import { GROUPS, LOCKS } from "./go-lock-races.ts";
import { LEFT_OUT } from "./go-races-left-out.ts";
import { type Program, update } from "./race-program.ts";

async function racesOf(program: Program): Promise<readonly Race[]> {
  using detector = new RaceDetector();
  await program(detector.watch({ v: 0 }, "x"), detector.watch({ v: 0 }, "y"));
  // What the program left running still belongs to it.
  for (let i = 0; i < 10; i++) await nextTurn();
  return detector.races;
}

const CASES = { ...CHANNELS, ...SELECTS, ...GROUPS, ...LOCKS };

describe("Go's race tests", () => {
  for (const [name, program] of Object.entries(CASES)) {
    const racy = name.startsWith("Race");
    it(`[${racy ? "KD-80" : "KD-81"}] ${name} ${racy ? "is found" : "is clean"}`, async () => {
      const races = await racesOf(program);

      assert.equal(races.length > 0, racy, JSON.stringify(races));
    });
  }

  it("[KD-80, KD-81] are all here or left out with a reason", (t) => {
    const root = spawnSync("go", ["env", "GOROOT"], { encoding: "utf8" });
    if (root.status !== 0) return t.skip("no go here");
    const folder = join(root.stdout.trim(), "src/runtime/race/testdata");
    const original = ["chan", "select", "waitgroup", "sync", "mutex", "rwmutex"]
      .flatMap((file) => [
        ...readFileSync(join(folder, `${file}_test.go`), "utf8").matchAll(/^func Test((?:No)?Race\w+)\(/gm),
      ])
      .map(([, name]) => name ?? "");

    assert.deepEqual([...Object.keys(CASES), ...Object.keys(LEFT_OUT)].toSorted(), original.toSorted());
  });
});

describe("race detector", () => {
  it("[KD-80] names object, property, both tasks and where each wrote", async () => {
    using detector = new RaceDetector();
    const account = detector.watch({ balance: 100, owner: { name: "x" } }, "account");
    async function withdraw(amount: number): Promise<void> {
      const { balance } = account;
      await nextTurn();
      account.balance = balance - amount;
    }
    await scope((s) => {
      s.spawn(() => withdraw(10), { name: "first" });
      s.spawn(() => withdraw(20), { name: "second" });
    });

    const [race] = detector.races;

    assert.equal(account.balance, 80);
    assert.equal(detector.races.length, 1);
    assert.deepEqual([race?.object, race?.property], ["account", "balance"]);
    assert.match(race?.accesses[0].task ?? "", /^scope\/first #\d+$/);
    assert.match(race?.accesses[1].task ?? "", /^scope\/second #\d+$/);
    assert.deepEqual(
      race?.accesses.map(({ acrossAwait }) => acrossAwait),
      [true, true],
    );
    assert.match(race?.accesses[1].stack[0] ?? "", /^(async )?withdraw \(.*race-detector\.test\.ts/);
  });

  it("[KD-80] finds a race that did no damage in this run", async () => {
    const races = await racesOf(async (x) => {
      await scope((s) => {
        s.spawn(() => update(x));
        s.spawn(async () => {
          for (let i = 0; i < 5; i++) await nextTurn();
          await update(x);
        });
      });
      assert.equal(x.v, 2);
    });

    assert.equal(races.length, 1);
  });

  it("[KD-80] follows nested objects, arrays and maps", async () => {
    for (const [of, property] of [
      ["object", "n"],
      ["array", "0"],
      ["map", "k"],
    ] as const) {
      using detector = new RaceDetector();
      const all = detector.watch({ object: { n: 0 }, array: [0], map: new Map([["k", 0]]) }, "all");
      const read = (): number =>
        (of === "map" ? all.map.get("k") : of === "array" ? all.array[0] : all.object.n) ?? 0;
      const write = (n: number): void => {
        if (of === "map") all.map.set("k", n);
        else if (of === "array") all.array[0] = n;
        else all.object.n = n;
      };
      const one = async (): Promise<void> => {
        const old = read();
        await nextTurn();
        write(old + 1);
      };
      await scope((s) => {
        s.spawn(one);
        s.spawn(one);
      });

      assert.deepEqual(
        detector.races.map(({ object, property: name }) => `${object}.${name}`),
        [`all.${of}.${property}`],
      );
    }
  });

  it("[KD-81] is silent about updates without an await, about fresh reads, and about separate properties", async () => {
    const races = await racesOf(async (x, y) => {
      await scope((s) => {
        for (let i = 0; i < 3; i++) {
          s.spawn(async () => {
            x.v += 1;
            await nextTurn();
            x.v += 1;
          });
        }
        s.spawn(() => update(y));
      });
    });

    assert.deepEqual(races, []);
  });

  it("[KD-81] takes a task's end, a scope's end and a semaphore for an order", async () => {
    const races = await racesOf(async (x, y) => {
      const gate = new Semaphore(1);
      await go(() => update(x));
      await update(x);
      await scope((s) => void s.spawn(() => update(x)));
      await update(x);
      const one = async (): Promise<void> => {
        using _held = await gate.acquire();
        await update(y);
      };
      await scope((s) => {
        for (let i = 0; i < 4; i++) s.spawn(one);
      });
    });

    assert.deepEqual(races, []);
  });

  it("[KD-82] is one at a time, and off after its disposal", async () => {
    const detector = new RaceDetector();
    assert.throws(() => new RaceDetector(), { message: /another race detector/ });
    detector[Symbol.dispose]();
    detector[Symbol.dispose]();

    assert.equal((await racesOf(LOCKS["RaceMutex"] ?? assert.fail())).length, 1);
  });
});
