import assert from "node:assert/strict";
import { Channel, go } from "@barrage/kernel";
import { leavesTasks } from "@barrage/testkit";
import { from, onceAsked } from "../support/origin.ts";
import { COCKROACH } from "./goker-cockroach.ts";
import { OTHERS } from "./goker-others.ts";
import { SCHEDULED } from "./goker-scheduled.ts";
import { globalChannel, MICRO } from "./micro.ts";
import { PATTERNS } from "./patterns.ts";
import { type LeakProgram, runAll } from "./program.ts";

const GOKER: readonly LeakProgram[] = [...COCKROACH, ...OTHERS, ...SCHEDULED];

go(() => globalChannel.receive(), { name: "fixed NoLeakGlobal func1" });

// A chain whose first receiver is held by the module: every task of it can still be woken.
const chainEnd = new Channel<number>();
let right = chainEnd;
for (let i = 0; i < 100; i++) {
  const [to, from] = [right, new Channel<number>()];
  go(async () => to.send((await from.receive()).value ?? 0), { name: "fixed DaisyChain link" });
  right = from;
}
const chainStart = right;

const found = onceAsked(() => {
  leavesTasks("half of the programs leak: that the leaks are found is what these tests are about");
  return runAll([...MICRO, ...PATTERNS, ...GOKER]);
});

function check(source: string, programs: readonly LeakProgram[]): void {
  const it = from(source);
  for (const program of programs) {
    it(
      program.name,
      "[KD-20] each leaked task is proved unreachable and says what it waits for",
      async () => {
        const { unreachable, alive } = (await found())(`leaky ${program.name}`);
        assert.deepEqual(unreachable, program.leaks.toSorted());
        assert.deepEqual(alive, unreachable);
      },
    );

    it(program.name, "[KD-21] put right, it leaves no task behind and none is reported", async () => {
      assert.deepEqual((await found())(`fixed ${program.name}`), { unreachable: [], alive: [] });
    });
  }
}

check("go src/runtime goroutine leaks, simple.go", MICRO);
check("go src/runtime goroutine leaks, commonpatterns.go", PATTERNS);
check("go src/runtime goroutine leaks, goker (GoBench)", GOKER);

from("go src/runtime goroutine leaks, simple.go")(
  "NoLeakGlobal",
  "[KD-21] a task that waits for what the module holds is no leak",
  async () => {
    const { unreachable, alive } = (await found())("fixed NoLeakGlobal");
    assert.deepEqual([unreachable, alive], [[], ["func1 [receive global]"]]);
    assert.equal(globalChannel.trySend(1), true);
  },
);

from("go src/runtime goroutine leaks, stresstests.go")(
  "DaisyChain",
  "[KD-21] a chain of tasks whose ends are held is no leak, and can be run to its end",
  async () => {
    assert.deepEqual((await found())("fixed DaisyChain").unreachable, []);
    const last = chainEnd.receive();
    await chainStart.send(7);
    assert.equal((await last).value, 7);
  },
);
