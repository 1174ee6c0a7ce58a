import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NO_LIMITS } from "../support/no-limits.ts";
import { get, login } from "./harness/api.ts";
import { ServeProcess, temporaryFolder } from "./harness/serve-process.ts";
import {
  assertWholeLedger,
  Audience,
  serving,
  startStubbornLoad,
  untilPage,
  workersPage,
} from "./harness/workers.ts";

const ROOM = "scaled";
const VIEWERS = 40;
const PUBLISHERS = 16;
const PAUSE_MS = 200;

/** Small marks and spans, so that a test's load is much. */
const FLAGS = [
  ...NO_LIMITS,
  "--workers=1",
  "--workers.max=3",
  "--no-workers.spare",
  "--workers.report-every-ms=200",
  "--workers.scale.window-ms=1000",
  "--workers.scale.cpu-high=0.2",
  "--workers.scale.cpu-low=0.15",
  "--workers.scale.grow-wait-ms=1000",
  "--workers.scale.hold-ms=2000",
  "--server.shutdown-spread-ms=200",
];

const count = (text: string, series: RegExp): number => Number(series.exec(text)?.[1] ?? 0);

describe("serve --workers under a load that comes and goes", { timeout: 480_000 }, () => {
  it("[WK-39] has more gateway processes under load and fewer after it, and nobody misses anything", async (test) => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, FLAGS);
    assert.equal(serving(await workersPage(server.url)).length, 1);
    const token = await login(server.url, { uid: "publisher" });
    using audience = await Audience.join(server.url, ROOM, VIEWERS);
    const load = startStubbornLoad({ url: server.url, room: ROOM, token, name: "s", publishers: PUBLISHERS });

    await untilPage(server.url, (page) => serving(page).length >= 2);
    await load.stop();
    // These come to all processes, and some of them have to leave theirs when it is not needed any more.
    using late = await Audience.join(server.url, ROOM, VIEWERS);
    const trickle = startStubbornLoad({
      url: server.url,
      room: ROOM,
      token,
      name: "t",
      publishers: 1,
      pauseMs: PAUSE_MS,
    });
    const before = await get(server.url, "/metrics");
    await untilPage(server.url, ({ processes }) => processes.length === 2);
    await trickle.stop();

    await audience.sawExactly(load, trickle);
    await late.sawExactly(trickle);
    const { text } = await get(server.url, "/metrics");
    const up = /^barrage_supervisor_decisions_total\{decision="grow",reason="(?:cpu|queue)"\} (\d+)$/m;
    const down = /^barrage_supervisor_decisions_total\{decision="shrink",reason="quiet"\} (\d+)$/m;
    const delivered = /^barrage_delivered_total (\d+)$/m;
    assert.ok(count(text, up) >= 1);
    assert.ok(count(text, down) >= 1);
    // What a process that is no more had delivered is still in the sum.
    assert.ok(count(text, delivered) >= count(before.text, delivered));
    assert.equal([...text.matchAll(/^barrage_worker_connections\{/gm)].length, 1);
    await assertWholeLedger(server.url);
    test.diagnostic(
      `${load.acked.length + trickle.acked.length} danmaku; ${audience.losses + late.losses} connections moved`,
    );
  });
});
