import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { planOf, processWorkers, runLoad } from "@barrage/load";
import { NO_LIMITS } from "../support/no-limits.ts";
import { get } from "./harness/api.ts";
import { ServeProcess, temporaryFolder } from "./harness/serve-process.ts";

const VIEWERS = 60;
const RATE = 50;
const SECONDS = 3;

/** The server's own figures. */
async function figures(url: string) {
  const { text } = await get(url, "/metrics");
  // A counter with labels has no line before it first counts.
  const of = (name: string): number =>
    Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1) ?? 0,
    );
  return {
    connections: of("barrage_connections"),
    accepted: of('barrage_http_requests_total{method="POST",route="/api/v1/danmu",status="202"}'),
    appended: of("barrage_log_appended_total"),
    // What a viewer is given when it comes is from before its time.
    live: of("barrage_delivered_total") - of('barrage_ledger_records{term="replayed"}'),
  };
}

describe("barrage load beside the server's own metrics", { timeout: 120_000 }, () => {
  it("[LD-31] counts the connections, publishes and deliveries that the server counts", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, NO_LIMITS);
    const { hostname, port } = new URL(server.url);
    const choice = {
      protocol: "barrage",
      host: hostname,
      port: Number(port),
      run: "counts",
      seed: 1,
      viewers: VIEWERS,
      rate: RATE,
      seconds: SECONDS,
      users: 10,
    };
    // Opens the room: the record that says so is the server's own, not the load's.
    await runLoad(planOf("live-room", { ...choice, viewers: 1, rate: 0, seconds: 1 }), {}, background);
    const before = await figures(server.url);
    let open: Promise<number> | undefined;
    let shown: number | undefined;

    const report = await runLoad(
      planOf("live-room", choice),
      {
        workers: processWorkers(2),
        onSecond({ second, connections }) {
          if (second < 0) return;
          open ??= figures(server.url).then(({ connections }) => connections);
          shown ??= connections;
        },
      },
      background,
    );

    const after = await figures(server.url);
    assert.deepEqual([await open, shown, report.audience.viewers], [VIEWERS, VIEWERS, VIEWERS]);
    assert.deepEqual([report.published, report.acked], [RATE * SECONDS, RATE * SECONDS]);
    assert.deepEqual([report.delivered, report.audience.lost], [RATE * SECONDS * VIEWERS, 0]);
    assert.deepEqual(
      [after.accepted - before.accepted, after.appended - before.appended, after.live - before.live],
      [report.acked, report.acked, report.delivered],
    );
  });
});
