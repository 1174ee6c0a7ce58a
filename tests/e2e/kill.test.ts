import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "@barrage/load";
import { assertLedger } from "@barrage/testkit";
import { ledgerOf, login, wholeHistory } from "./harness/api.ts";
import { NO_LIMITS } from "../support/no-limits.ts";
import { publish, startLoad } from "./harness/load.ts";
import type { Acked } from "./harness/load.ts";
import { ServeProcess, temporaryFolder } from "./harness/serve-process.ts";

const ROOM = "killed";
const ROUNDS = 5;
const PUBLISHERS = 8;
const SEED = 20_260_101;

/** Publishes until `acks` danmaku were acknowledged, then kills the process in the middle of the rest. */
async function killUnderLoad(server: ServeProcess, name: string, acks: number) {
  const token = await login(server.url, { uid: "publisher" });
  const load = startLoad({
    url: server.url,
    room: ROOM,
    token,
    name,
    publishers: PUBLISHERS,
    onAck: (count) => {
      if (count === acks) server.kill("SIGKILL");
    },
  });
  const result = await load.result;
  const { signal } = await server.ended;
  assert.equal(signal, "SIGKILL");
  assert.deepEqual(result.refused, []);
  assert.ok(result.acked.length >= acks);
  return result;
}

/** Every acknowledged danmaku is in the history exactly once, at the place it was told. */
async function checkHistory(url: string, acked: readonly Acked[]): Promise<void> {
  const history = await wholeHistory(url, ROOM);
  const places = new Map<string, number[]>();
  for (const { content = "", seq } of history) places.set(content, [...(places.get(content) ?? []), seq]);
  for (const { content, seq } of acked) assert.deepEqual(places.get(content), [seq], content);
  for (const [content, seqs] of places)
    assert.equal(seqs.length, 1, `${content} is there ${seqs.length} times`);
  const seqs = history.map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    seqs.toSorted((a, b) => a - b),
  );
}

describe("a server killed under load", { timeout: 240_000 }, () => {
  it("[CL-13] has every acknowledged danmaku exactly once at its place, and answers retries as before", async (test) => {
    test.diagnostic(`seed ${SEED}`);
    using folder = temporaryFolder();
    const random = new Random(SEED);
    const acked: Acked[] = [];
    let unanswered = 0;

    for (let round = 0; round < ROUNDS; round += 1) {
      await using server = await ServeProcess.start(folder.path, NO_LIMITS);
      const result = await killUnderLoad(server, `r${round}`, 50 + random.below(200));
      acked.push(...result.acked);
      unanswered += result.unknown.length;

      await using again = await ServeProcess.start(folder.path, NO_LIMITS);
      await checkHistory(again.url, acked);
      const token = await login(again.url, { uid: "publisher" });
      for (const { key, content, id, seq } of result.acked.slice(-20)) {
        const retry = await publish({ url: again.url, room: ROOM, token }, key, content);
        assert.deepEqual([retry.status, retry.json["id"], retry.json["seq"]], [202, id, seq]);
      }
      for (const { key, content } of result.unknown) {
        const { status, json } = await publish({ url: again.url, room: ROOM, token }, key, content);
        assert.equal(status, 202);
        acked.push({ key, content, id: String(json["id"]), seq: Number(json["seq"]) });
      }
      assertLedger(await ledgerOf(again.url), { records: 0 });
      // Into the archive first: what was published last is read back too.
      again.kill("SIGTERM");
      assert.equal((await again.ended).code, 0);
    }

    await using last = await ServeProcess.start(folder.path);
    await checkHistory(last.url, acked);
    test.diagnostic(
      `${ROUNDS} kills, ${acked.length} danmaku, ${unanswered} of them without an answer at the kill`,
    );
    assert.ok(unanswered > 0, "no kill hit a publish under way: this run proved little");
  });
});
