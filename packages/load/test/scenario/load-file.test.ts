import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { checkPlan, isScenarioFile, loadScenarioFile, planOfScenario, PROTOCOLS } from "../../src/index.ts";

/** A file with this text, removed at the end. */
function fileOf(text: string, name = "evening.yaml"): { readonly path: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), "barrage-load-"));
  const path = join(folder, name);
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

const WHERE = { host: "127.0.0.1", port: 1, run: "t1" };

const EVENING = `
name: an evening
rooms: 3
viewers: 60
users: 20
popularity: zipf
talk: { zipf: 1.2 }
talkers: { recorded: [5, 3, 1] }
publish: websocket
textMax: 50
stages: ["ramp 2s 0..40", "hold 3s", { kind: spike, base: 40, peak: 90, seconds: 0.33333 }, "hold 1s"]
connectPerSecond: 100
heartbeat: 5s
drain: 1m
behaviours:
  - reconnect: { at: 2s, share: 0.5 }
  - reconnect: { at: 4, share: 1, within: 1s }
  - read-slowly: { share: 0.1, pause: 500ms, read: 1s }
  - come-and-go: { share: 0.4, stay: 1m, away: 300ms, elsewhere: true }
  - crowd: { share: 0.2, comes: 1s, leaves: 5s }
thresholds: ["p99<50", "lost<=0"]
stopWhen: ["errors>5% for 10s"]
`;

/** What is said of a file that is none. */
async function faultOf(text: string, name?: string): Promise<string> {
  using file = fileOf(text, name);
  const error = await loadScenarioFile(file.path).then(
    () => assert.fail("it is a scenario"),
    (failure: unknown) => failure as Error & { code: string },
  );
  assert.equal(error.code, "LOAD_BAD_SCENARIO");
  return error.message.replace(file.path, "FILE");
}

describe("a scenario's file", () => {
  it("[LD-89] may have every protocol, and no other", async () => {
    for (const protocol of PROTOCOLS) {
      using file = fileOf(`protocol: ${protocol}`);
      const plan = planOfScenario(await loadScenarioFile(file.path), file.path, WHERE);

      assert.equal(checkPlan(plan).protocol, protocol);
      assert.throws(() => checkPlan({ ...plan, protocol: `${protocol}0` }), { code: "LOAD_BAD_PLAN" });
    }
    assert.match(await faultOf("protocol: barrage.v2"), /line 1: protocol must be .*, not "barrage\.v2"/);
    for (const name of [
      "barrage",
      "barrage.v1",
      "goim",
      "goim-zlib",
      "goim-brotli",
      "plain-json",
      "socket.io",
    ])
      assert.ok(PROTOCOLS.includes(name), name);
  });

  it("[LD-42] becomes a plan with everything that it says", async () => {
    using file = fileOf(EVENING);

    const scenario = await loadScenarioFile(file.path);
    const plan = checkPlan(planOfScenario(scenario, file.path, WHERE));

    assert.deepEqual(plan, {
      ...WHERE,
      scenario: "an evening",
      protocol: "barrage",
      seed: 1,
      rooms: ["load-t1-0", "load-t1-1", "load-t1-2"],
      viewers: 60,
      users: 20,
      popularity: { kind: "zipf", exponent: 1 },
      talk: { kind: "zipf", exponent: 1.2 },
      talkers: { kind: "recorded", counts: [5, 3, 1] },
      publishOver: "websocket",
      textMax: 50,
      stages: [
        { kind: "ramp", from: 0, to: 40, seconds: 2 },
        { kind: "hold", rate: 40, seconds: 3 },
        { kind: "spike", base: 40, peak: 90, seconds: 0.33333 },
        { kind: "hold", rate: 40, seconds: 1 },
      ],
      storms: [
        { at: 2, share: 0.5 },
        { at: 4, share: 1, withinMs: 1_000 },
      ],
      slow: { share: 0.1, pauseMs: 500, readMs: 1_000 },
      comeAndGo: { share: 0.4, stayMs: 60_000, awayMs: 300, elsewhere: true },
      crowds: [{ share: 0.2, comesAt: 1, leavesAt: 5 }],
      stopWhen: [{ measure: "errors", sign: ">", limit: 5, seconds: 10 }],
      lanes: 64,
      connectPerSecond: 100,
      heartbeatMs: 5_000,
      sampleShare: 1 / 500,
      drainMs: 60_000,
      sources: [],
    });
    assert.deepEqual(scenario.thresholds, ["p99<50", "lost<=0"]);
  });

  it("[LD-42] may be empty of everything: each field has a standard value", async () => {
    using file = fileOf("{}", "quiet.json");

    const plan = checkPlan(planOfScenario(await loadScenarioFile(file.path), file.path, WHERE));

    assert.deepEqual(
      [plan.scenario, plan.viewers, plan.users, plan.rooms, plan.stages],
      ["quiet", 100, 50, ["load-t1-0"], [{ kind: "hold", rate: 50, seconds: 30 }]],
    );
  });

  it("[LD-42] may be a TypeScript module, which may compute", async () => {
    using file = fileOf(
      `const rooms: string[] = Array.from({ length: 3 }, (_, index) => \`room-\${index}\`);
       export default { rooms, rate: 10, duration: "5s" };`,
      "computed.ts",
    );

    const plan = planOfScenario(await loadScenarioFile(file.path), file.path, WHERE);

    assert.deepEqual(plan.rooms, ["room-0", "room-1", "room-2"]);
    assert.match(
      await faultOf("export default { rooms: 0 };", "bad.ts"),
      /FILE is no scenario: rooms must be a whole/,
    );
    assert.match(await faultOf("export const other = 1;", "none.mjs"), /must have the fields name, /);
    assert.match(await faultOf("export default {", "broken.ts"), /FILE is no scenario: /);
  });

  it("[LD-42] is refused with the line and the field of everything that is wrong", async () => {
    assert.equal(
      await faultOf(
        `viewers: many\nrooms: 2\nratte: 5\nstages:\n  - hold 3s 5\n  - { kind: ramp, from: 1, seconds: 2 }\nbehaviours:\n  - reconnect: { at: -1s, share: 1.5 }\n  - dance: {}\n`,
      ),
      "FILE is no scenario: " +
        [
          'line 1: viewers must be a whole number from 1 to 1000000, not "many"',
          "line 3: ratte is no field here, only name, protocol, seed, rooms, viewers, users, rate, duration, stages, arrivals, popularity, talk, talkers, publish, textMax, connectPerSecond, heartbeat, drain, behaviours, thresholds, stopWhen",
          "line 6: stages[1] lacks to",
          'line 8: behaviours[0].reconnect.at must be a time after the start, like 20s or 0, not "-1s"',
          "line 8: behaviours[0].reconnect.share must be a share from 0 to 1, not 1.5",
          "line 9: behaviours[1].dance is no field here, only reconnect, read-slowly, come-and-go, crowd",
        ].join("; ") +
        ".",
    );
  });

  it("[LD-42] is refused for each thing that cannot be", async () => {
    for (const [text, what] of [
      ["viewers: 1\nviewers: 2", /line 2: Map keys must be unique/],
      ["a: [1", /line 1: /],
      ["- 1", /line 1: must have the fields/],
      ["stages: jump 3s", /line 1: stages The stages "jump 3s" are none/],
      ["thresholds: [p98<5]", /line 1: thresholds\[0\] .* there is no measure p98/],
      ["stopWhen:\n  - lost>1", /line 2: stopWhen\[0\] .* there is no measure lost of a second/],
      ["rooms: [a, b, a]", /rooms names a room twice/],
      ["rooms: [a b]", /rooms\[0\] must be a room's name/],
      ["talk: { zipf: 0 }", /talk.zipf must be a number above 0/],
      ["talk: { zipf: 1, recorded: [1] }", /talk must be one of zipf, recorded/],
      ["arrivals: { file: a.xml }\nstages: hold 1s 1", /line 1: arrivals and stages both/],
      ["arrivals: { speed: 1 }", /arrivals lacks file/],
      [
        "behaviours:\n  - read-slowly: { share: 1, pause: 1s, read: 1s }\n  - read-slowly: { share: 1, pause: 1s, read: 1s }",
        /line 3: behaviours\[1\] is a second read-slowly/,
      ],
      ["viewers: *b", /Unresolved alias/],
    ] as const)
      assert.match(await faultOf(text), what, text);
  });

  it("[LD-43] yields to what was chosen for the run", async () => {
    using file = fileOf(EVENING);
    const scenario = await loadScenarioFile(file.path);

    const plan = planOfScenario(
      scenario,
      file.path,
      { ...WHERE, viewers: 5, rate: 7, seed: 9, protocol: "plain-json" },
      { rooms: ["x"], talk: { kind: "constant" } },
    );

    assert.deepEqual(
      [plan.viewers, plan.seed, plan.protocol, plan.rooms, plan.talk, plan.users],
      [5, 9, "plain-json", ["x"], { kind: "constant" }, 20],
    );
    assert.deepEqual(plan.stages, [{ kind: "hold", rate: 7, seconds: 30 }]);
  });

  it("[LD-42] is known by its ending", () => {
    assert.deepEqual(
      ["a.yaml", "./a.yml", "a.ts", "a.mjs", "a.json", "live-room", "soak.", "yaml"].map(isScenarioFile),
      [true, true, true, true, true, false, false, false],
    );
  });
});
