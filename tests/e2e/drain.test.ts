import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { login, wholeHistory } from "./harness/api.ts";
import { CheckingViewer } from "./harness/checking-viewer.ts";
import { NO_LIMITS } from "../support/no-limits.ts";
import { startLoad } from "./harness/load.ts";
import { ServeProcess, temporaryFolder } from "./harness/serve-process.ts";

const ROOM = "drained";
const VIEWERS = 100;
const PUBLISHERS = 8;
const ACKS_BEFORE = 300;
const DEADLINE_MS = 15_000;
const SPREAD_MS = 1_000;

/** SQLite's write-ahead files: gone after a clean close. */
const leftovers = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => /-(wal|journal)$/.test(name));

describe("SIGTERM under load", { timeout: 120_000 }, () => {
  it("[CL-14] ends with code 0 in time: nothing acknowledged is lost, viewers are told to come back", async () => {
    using folder = temporaryFolder();
    const flags = [
      `--server.shutdown-deadline-ms=${DEADLINE_MS}`,
      `--server.shutdown-spread-ms=${SPREAD_MS}`,
    ];
    await using server = await ServeProcess.start(folder.path, [...NO_LIMITS, ...flags]);
    const token = await login(server.url, { uid: "publisher" });
    const viewers = await Promise.all(
      Array.from({ length: VIEWERS }, () => CheckingViewer.join(server.url, `room_id=${ROOM}`)),
    );
    let toldAt = 0;
    const load = startLoad({
      url: server.url,
      room: ROOM,
      token,
      name: "drain",
      publishers: PUBLISHERS,
      onAck: (count) => {
        if (count !== ACKS_BEFORE) return;
        toldAt = performance.now();
        server.kill("SIGTERM");
      },
    });

    const { acked, refused } = await load.result;
    const { code, stdout, stderr } = await server.ended;
    const tookMs = performance.now() - toldAt;

    assert.equal(code, 0, stderr + stdout);
    assert.ok(tookMs < DEADLINE_MS, `it took ${Math.round(tookMs)} ms`);
    assert.deepEqual(
      [...new Set(refused)].filter((refusal) => refusal !== "503 BARRAGE_DRAINING"),
      [],
    );
    assert.match(stdout, /SIGTERM: telling viewers to come back/);
    await Promise.all(viewers.map((viewer) => viewer.until(() => viewer.closeCode !== undefined)));
    const published = new Set(acked.map(({ content }) => content));
    for (const viewer of viewers) {
      assert.equal(viewer.closeCode, 4000);
      assert.equal(viewer.byes, 1);
      assert.deepEqual(viewer.faults, []);
      for (const text of viewer.texts) assert.ok(text.startsWith("text drain-"));
    }
    assert.deepEqual(leftovers(folder.path), []);

    await using again = await ServeProcess.start(folder.path);
    const kept = (await wholeHistory(again.url, ROOM)).map(({ content }) => content ?? "");
    assert.deepEqual(
      [...published].filter((content) => !kept.includes(content)),
      [],
    );
    assert.equal(new Set(kept).size, kept.length);
  });
});
