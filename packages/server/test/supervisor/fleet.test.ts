import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { healthySeats, newFleet } from "../../src/supervisor/fleet.ts";
import type { Fleet, FleetEffect, FleetEvent, FleetPolicy, Member } from "../../src/supervisor/fleet.ts";
import { stepFleet } from "../../src/supervisor/step-fleet.ts";

const POLICY: FleetPolicy = {
  hangMs: 10_000,
  startMs: 60_000,
  drainMs: 15_000,
  respawn: { baseMs: 250, maxMs: 30_000, stableMs: 10_000 },
};

const TICK_MS = 100;

/** A world in which nothing happens but what a test says, and what it asks to happen by itself. */
class World {
  now = 0;
  fleet: Fleet;
  readonly effects: FleetEffect[] = [];

  constructor(workers: number) {
    this.fleet = newFleet(workers, 0);
    this.tell({ type: "begin" });
  }

  tell(event: FleetEvent): void {
    const { fleet, effects } = stepFleet(this.fleet, event, POLICY, this.now);
    this.fleet = fleet;
    this.effects.push(...effects);
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now = Math.min(end, this.now + TICK_MS);
      for (const { generation, life, connections } of this.members)
        if (life.state === "serving" && !this.silent.has(generation))
          this.tell({ type: "heard", generation, connections });
      this.tell({ type: "tick" });
    }
  }

  readonly silent = new Set<number>();

  get members(): readonly Member[] {
    return [...this.fleet.members.values()];
  }

  of(state: Member["life"]["state"]): readonly Member[] {
    return this.members.filter(({ life }) => life.state === state);
  }

  ready(generation: number): void {
    this.tell({ type: "ready", generation });
  }

  exit(generation: number, code: number | null = null): void {
    this.tell({ type: "exited", generation, code, how: code === null ? "SIGKILL" : `code ${code}` });
  }

  /** Whatever starts comes up, whatever drains ends, until neither is left. */
  settle(): void {
    for (;;) {
      const [starting] = this.of("starting");
      const [draining] = this.of("draining");
      const [killed] = this.of("killed");
      if (starting !== undefined) this.ready(starting.generation);
      else if (draining !== undefined) this.exit(draining.generation, 0);
      else if (killed !== undefined) this.exit(killed.generation);
      else return;
    }
  }

  said(pattern: RegExp): number {
    return this.effects.filter((effect) => effect.type === "say" && pattern.test(effect.text)).length;
  }
}

function up(workers: number): World {
  const world = new World(workers);
  world.settle();
  assert.equal(world.fleet.phase, "up");
  return world;
}

const names = (world: World): readonly string[] =>
  world.members.map(({ role, id, generation }) => `${role} ${id} (${generation})`);

describe("a fleet coming up", () => {
  it("[WK-35] starts the owner, then one worker, which finds the port, then the others", () => {
    const world = new World(3);
    assert.deepEqual(names(world), ["owner 0 (1)"]);

    world.ready(1);
    assert.deepEqual(names(world), ["owner 0 (1)", "worker 1 (2)"]);

    world.ready(2);
    assert.deepEqual(names(world), ["owner 0 (1)", "worker 1 (2)", "worker 2 (3)", "worker 3 (4)"]);
    assert.equal(world.fleet.phase, "starting");

    world.settle();
    assert.deepEqual(world.effects.at(-1), { type: "up" });
  });

  it("[WK-35] goes down with the reason when a process does not come up at the start", () => {
    const world = new World(2);
    world.ready(1);
    const failure = { code: "SERVER_PORT_TAKEN", message: "Port 80 is taken." };
    world.tell({ type: "failed", generation: 2, failure });
    world.exit(2, 1);
    assert.deepEqual(world.effects.at(-1), { type: "drain", generation: 1 });

    world.exit(1, 0);
    assert.deepEqual(world.effects.at(-1), { type: "ended", isClean: true, failure });
  });
});

describe("a process that dies", () => {
  it("[WK-36] is replaced at once, a worker beside an owner by one with a place of its own", () => {
    const world = up(2);
    world.pass(20_000);
    world.exit(3);

    assert.deepEqual(names(world), ["owner 0 (1)", "worker 1 (2)", "worker 2 (4)"]);
    assert.equal(world.said(/worker 2 has ended after 20000 ms: SIGKILL; another starts at once/), 1);
  });

  it("[WK-36] a worker is replaced only once there is an owner again", () => {
    const world = up(1);
    world.pass(20_000);
    world.exit(1);
    world.exit(2);
    assert.deepEqual(names(world), ["owner 0 (3)"]);

    world.ready(3);
    assert.deepEqual(names(world), ["owner 0 (3)", "worker 1 (4)"]);
  });

  it("[WK-37] early deaths in a row are answered ever more slowly, up to the longest wait", () => {
    const world = up(1);
    const waits: number[] = [];
    for (let death = 0; death < 12; death += 1) {
      const worker = world.members.find(({ role }) => role === "worker");
      const diedAt = world.now;
      world.exit(worker?.generation ?? 0);
      while (world.members.length === 1) world.pass(TICK_MS);
      waits.push(world.now - diedAt);
      world.settle();
    }

    assert.deepEqual(waits.slice(0, 5), [0, 300, 500, 1_000, 2_000]);
    assert.equal(waits.at(-1), 30_000);
    assert.equal(world.said(/it has died early 12 times in a row; another starts in 30000 ms/), 1);
  });

  it("[WK-37] the death of one that had lived long enough is answered at once again", () => {
    const world = up(1);
    for (let death = 0; death < 5; death += 1) {
      world.exit(world.members.at(-1)?.generation ?? 0);
      world.pass(5_000);
      world.settle();
    }
    world.pass(10_000);
    world.exit(world.members.at(-1)?.generation ?? 0);

    assert.equal(world.of("starting").length, 1);
  });
});

describe("a process that hangs", () => {
  it("[WK-38] is killed after the bound of silence, not before, and replaced when it has ended", () => {
    const world = up(2);
    world.silent.add(3);
    world.pass(10_000);
    assert.deepEqual(world.of("killed"), []);

    world.pass(TICK_MS);
    assert.deepEqual(world.effects.at(-1), { type: "kill", generation: 3 });

    world.exit(3);
    assert.deepEqual(world.effects.at(-1), {
      type: "start",
      role: "worker",
      id: 2,
      generation: 4,
      revision: 0,
    });
  });

  it("[WK-38] is killed when it does not come up in time", () => {
    const world = up(1);
    world.exit(2);
    world.pass(60_000);
    assert.equal(world.of("starting").length, 1);

    world.pass(TICK_MS);
    assert.equal(world.of("killed").length, 1);
  });

  it("[WK-38] is not taken for hung when the supervisor itself stood still", () => {
    const world = up(2);
    world.now += 60_000;
    world.tell({ type: "tick" });
    world.pass(5_000);

    assert.equal(world.of("serving").length, 3);
    assert.equal(world.said(/the supervisor itself stood still for 60000 ms/), 1);
  });
});

describe("a fleet that changes its size", () => {
  it("[WK-39] starts more, and lets the emptiest drain before it goes", () => {
    const world = up(2);
    world.tell({ type: "resize", workers: 4 });
    world.settle();
    for (const [generation, connections] of [
      [2, 5],
      [3, 1],
      [4, 0],
      [5, 7],
    ] as const)
      world.tell({ type: "heard", generation, connections });

    world.tell({ type: "resize", workers: 2 });

    assert.deepEqual(
      world.of("draining").map(({ generation }) => generation),
      [3, 4],
    );
    assert.equal(world.of("serving").length, 3);
  });

  it("[WK-39] what does not drain in time is told to wait for nobody, and killed after that", () => {
    const world = up(2);
    world.tell({ type: "resize", workers: 1 });
    const generation = world.of("draining")[0]?.generation ?? 0;
    const asked = () =>
      world.effects.filter((effect) => "generation" in effect && effect.generation === generation);

    world.pass(14_900);
    assert.equal(asked().at(-1)?.type, "drain");
    world.pass(TICK_MS);
    assert.equal(asked().at(-1)?.type, "force");
    world.pass(4_900);
    assert.equal(asked().at(-1)?.type, "force");
    world.pass(TICK_MS);
    assert.equal(asked().at(-1)?.type, "kill");
    world.exit(generation);
    assert.equal(world.of("serving").length, 2);
  });
});

describe("the health of workers", () => {
  it("[WK-34] is that of those who serve and report, and of those who start without having failed", () => {
    const world = up(4);
    world.pass(20_000);
    world.tell({ type: "resize", workers: 5 });
    assert.equal(healthySeats(world.fleet, world.now - 2_000), 5);

    world.silent.add(2);
    world.pass(2_000);
    assert.equal(healthySeats(world.fleet, world.now - 1_999), 4);
    world.exit(3);
    world.exit(4);
    assert.equal(healthySeats(world.fleet, world.now - 1_999), 4);
    for (const { generation } of world.of("starting")) world.exit(generation);
    assert.equal(healthySeats(world.fleet, world.now - 1_999), 1);
  });
});

describe("a restart of all", () => {
  it("[WK-40] the owner first, then one worker after the other, the new one serving before the old one drains", () => {
    const world = up(2);
    world.pass(20_000);
    world.tell({ type: "reload", revision: 1 });
    assert.deepEqual(world.effects.at(-1), { type: "drain", generation: 1 });

    world.exit(1, 0);
    assert.deepEqual(names(world), ["worker 1 (2)", "worker 2 (3)", "owner 0 (4)"]);
    world.ready(4);
    assert.deepEqual(names(world), ["worker 1 (2)", "worker 2 (3)", "owner 0 (4)", "worker 3 (5)"]);
    assert.equal(world.of("serving").length, 3);
    world.ready(5);
    assert.deepEqual(world.effects.at(-1), { type: "drain", generation: 2 });
    assert.equal(world.of("starting").length, 0);
    world.exit(2, 0);
    world.settle();

    assert.deepEqual(
      world.members.map(({ revision }) => revision),
      [1, 1, 1],
    );
    assert.equal(world.said(/every process has been restarted/), 1);
    assert.equal(world.fleet.isClean, true);
  });

  it("[WK-41] is taken back when a process does not come up with the new configuration", () => {
    const world = up(2);
    world.tell({ type: "reload", revision: 1 });
    world.exit(1, 0);
    world.ready(4);
    world.ready(5);
    world.exit(2, 0);
    world.tell({ type: "failed", generation: 6, failure: { code: "X", message: "no certificate" } });
    world.exit(6, 1);
    assert.equal(world.said(/did not come up: no certificate; the restart is taken back/), 1);

    world.settle();
    assert.deepEqual(
      world.members.map(({ revision }) => revision),
      [0, 0, 0],
    );
    assert.equal(world.fleet.rollout, undefined);
  });

  it("[WK-41] taken back while another one starts leaves no process that belongs to nobody", () => {
    const world = up(1);
    world.tell({ type: "reload", revision: 1 });
    world.exit(1, 0);
    world.ready(3);
    // The old worker dies, and so does what starts in its seat, while its successor starts beside it.
    world.exit(2);
    world.exit(5, 1);
    world.settle();

    assert.deepEqual(
      world.members.map(({ revision }) => revision),
      [0, 0],
    );
  });

  it("[WK-41] stops where it is when the old configuration does not come up either", () => {
    const world = up(1);
    world.tell({ type: "reload", revision: 1 });
    world.exit(1, 0);
    world.ready(3);
    world.ready(4);
    world.exit(2, 0);
    assert.equal(world.fleet.rollout, undefined);
    world.tell({ type: "reload", revision: 2 });
    world.exit(3, 0);
    world.ready(5);
    world.exit(6, 1);
    world.exit(5, 0);
    world.ready(7);
    assert.equal(world.fleet.rollout, undefined);
    assert.equal(world.of("serving").length, 2);

    world.tell({ type: "reload", revision: 3 });
    world.exit(7, 0);
    world.ready(8);
    world.ready(9);
    world.tell({ type: "reload", revision: 4 });
    world.settle();
    assert.deepEqual(
      world.members.map(({ revision }) => revision),
      [4, 4],
    );
  });

  it("[WK-41] is taken back too when a process with the new configuration hangs while it comes up", () => {
    const successor = up(1);
    successor.tell({ type: "reload", revision: 1 });
    successor.exit(1, 0);
    successor.ready(3);
    successor.pass(POLICY.startMs + TICK_MS);
    successor.exit(4);
    const owner = up(1);
    owner.tell({ type: "reload", revision: 1 });
    owner.exit(1, 0);
    owner.pass(POLICY.startMs + TICK_MS);
    owner.exit(3);

    for (const world of [successor, owner]) {
      assert.equal(world.said(/did not come up: SIGKILL; the restart is taken back/), 1);
      world.settle();
      assert.equal(world.fleet.rollout, undefined);
      assert.deepEqual(
        world.members.map(({ revision }) => revision),
        [0, 0],
      );
    }
  });

  it("[WK-41] an owner that does not come up with the new configuration starts with the old one", () => {
    const world = up(1);
    world.tell({ type: "reload", revision: 1 });
    world.exit(1, 0);
    world.exit(3, 1);

    assert.deepEqual(
      world.members.map(({ role, revision }) => [role, revision]),
      [
        ["worker", 0],
        ["owner", 0],
      ],
    );
    world.settle();
    assert.equal(world.fleet.rollout, undefined);
  });

  it("[WK-40] asked for again goes on to the newest configuration", () => {
    const world = up(2);
    world.tell({ type: "reload", revision: 1 });
    world.exit(1, 0);
    world.ready(4);
    world.tell({ type: "reload", revision: 2 });
    world.settle();

    assert.deepEqual(
      world.members.map(({ revision }) => revision),
      [2, 2, 2],
    );
  });

  it("[WK-40] asked for again goes on too where the successor that was starting dies", () => {
    const world = up(2);
    world.tell({ type: "reload", revision: 1 });
    world.exit(1, 0);
    world.ready(4);
    world.tell({ type: "reload", revision: 2 });
    world.exit(5, 1);
    world.settle();

    assert.equal(world.fleet.rollout, undefined);
    assert.deepEqual(
      world.members.map(({ revision }) => revision),
      [2, 2, 2],
    );
  });

  it("[WK-40] a worker that dies while its successor starts leaves its seat to it", () => {
    const world = up(1);
    world.tell({ type: "reload", revision: 1 });
    world.exit(1, 0);
    world.ready(3);
    world.exit(2);
    world.settle();

    assert.equal(world.of("serving").length, 2);
    assert.equal(world.fleet.workers.length, 1);
  });
});

describe("a fleet going down", () => {
  it("[WK-42] workers first, the owner last", () => {
    const world = up(2);
    world.tell({ type: "stop" });
    assert.deepEqual(
      world.of("draining").map(({ generation }) => generation),
      [2, 3],
    );
    world.exit(2, 0);
    assert.equal(world.of("serving").length, 1);
    world.exit(3, 0);
    assert.deepEqual(world.effects.at(-1), { type: "drain", generation: 1 });
    world.exit(1, 0);

    assert.deepEqual(world.effects.at(-1), { type: "ended", isClean: true, failure: undefined });
  });

  it("[WK-42] says so when something was cut off", () => {
    const world = up(1);
    world.tell({ type: "stop" });
    world.exit(2, 1);
    world.exit(1, 0);

    assert.deepEqual(world.effects.at(-1), { type: "ended", isClean: false, failure: undefined });
  });

  it("[WK-42] kills everybody when it is forced", () => {
    const world = up(2);
    world.tell({ type: "stop" });
    world.tell({ type: "force" });
    assert.equal(world.of("killed").length, 3);

    world.settle();
    assert.deepEqual(world.effects.at(-1), { type: "ended", isClean: false, failure: undefined });
  });

  const happenings = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("ready" as const), which: fc.nat(9) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("exit" as const), which: fc.nat(9) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("end" as const), which: fc.nat(9) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), which: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("resize" as const), which: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("reload" as const), which: fc.nat(9) }) },
    ),
    { maxLength: 80 },
  );

  it("[WK-42] whatever happens: one owner, no two workers of one id, all seats taken in the end, and a stop ends it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), happenings, (workers, all) => {
        const world = up(workers);
        let [target, revision] = [workers, 0];
        const check = (): void => {
          const ids = world.members.map(({ role, id }) => `${role} ${id}`);
          assert.equal(new Set(ids).size, ids.length, ids.join());
        };
        for (const { do: what, which } of all) {
          const pick = (list: readonly Member[]): number =>
            list[which % Math.max(1, list.length)]?.generation ?? 0;
          if (what === "ready") world.ready(pick(world.of("starting")));
          else if (what === "exit") world.exit(pick(world.members));
          else if (what === "end") world.exit(pick(world.of("draining")), 0);
          else if (what === "pass") world.pass(which * 500);
          else if (what === "reload") world.tell({ type: "reload", revision: (revision += 1) });
          else world.tell({ type: "resize", workers: (target = 1 + (which % 5)) });
          check();
        }
        for (let turn = 0; turn < 20; turn += 1) {
          world.settle();
          world.pass(5_000);
          check();
        }
        assert.equal(world.of("serving").length, target + 1);
        assert.equal(world.fleet.rollout, undefined);
        if (world.said(/given up/) === 0)
          assert.equal(new Set(world.members.map((member) => member.revision)).size, 1);

        world.tell({ type: "stop" });
        world.settle();
        assert.equal(world.fleet.phase, "ended");
        assert.equal(world.members.length, 0);
      }),
      { numRuns: 500 },
    );
  });
});
