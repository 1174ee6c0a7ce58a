import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect, fetchHistory, login } from "@barrage/client";
import type { RoomConnection } from "@barrage/client";
import { Channel, sleep } from "@barrage/kernel";
import { hasPostgres, hasRedisServer, missingForKafka, requireOrSkip } from "@barrage/testkit";
import { ClusterCommand, isAlive, untilGone } from "../support/cluster-command.ts";

const ROOM = "lobby";

/** A folder that any user may enter: PostgreSQL does not run as root. */
function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "barrage-up-"));
  chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A viewer at the gateway; `next` is the text that comes next. */
function viewerAt(url: string): { next(): Promise<string> } & Disposable {
  const texts = new Channel<string>(64);
  const room: RoomConnection = connect({ url, room: ROOM });
  room.on("item", (item) => {
    if (item.kind === "danmaku") assert.equal(texts.trySend(item.content), true);
  });
  return {
    async next() {
      const { value = "nothing: the connection is closed" } = await texts.receive();
      return value;
    },
    [Symbol.dispose]() {
      room.close();
      texts.close();
    },
  };
}

/** Publishes over HTTP until it is acknowledged: a role that has just come back may say 503. */
async function publish(url: string, content: string): Promise<void> {
  const { token } = await login(url, { uid: "alice" });
  for (;;) {
    const response = await fetch(new URL("/api/v1/danmu", url), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ room_id: ROOM, content, client_msg_id: content }),
    });
    const text = await response.text();
    if (response.status === 202) return;
    assert.equal(response.status, 503, text);
    await sleep(100);
  }
}

async function textsOf(url: string): Promise<readonly string[]> {
  const { items } = await fetchHistory(url, ROOM, {});
  return items.flatMap((item) => (item.kind === "danmaku" ? [item.content] : []));
}

const needed = {
  ...requireOrSkip("kafka", missingForKafka() === undefined),
  ...requireOrSkip("redis-server", hasRedisServer()),
  ...requireOrSkip("postgresql", hasPostgres()),
  ...(existsSync("/usr/bin/setpriv") ? {} : { skip: "needs setpriv (Linux)" }),
};

describe("barrage cluster up", needed, () => {
  it("[CU-11, CU-12, CU-13, CU-14] runs all, restarts what dies, stops in order, keeps what was written, leaves nothing", async () => {
    using folder = temporaryFolder();
    await using up = new ClusterCommand(folder.path, ["--no-spare"]);
    const first = await up.line("out", /./);
    const [gateway, ingest] = [await up.address("gateway 1"), await up.address("ingest")];
    assert.equal(first, `Barrage listens on ${gateway}`);
    {
      using viewer = viewerAt(gateway);
      await publish(ingest, "before");
      assert.equal(await viewer.next(), "before");

      const [router = 0] = up.grandchildren("--role=router");
      process.kill(router, "SIGKILL");
      await up.line(
        "err",
        /^router: warning: .* ended unasked \(SIGKILL\); another takes its place at once$/,
      );
      await publish(ingest, "after");
      assert.equal(await viewer.next(), "after");

      const supervisor = up.children.find(({ command }) => command.includes("--role=router"));
      process.kill(supervisor!.pid, "SIGKILL");
      await up.line("err", /^router has ended \(SIGKILL\); it is started again in 250 ms$/);
      await publish(ingest, "again");
      assert.equal(await viewer.next(), "again");
      await up.line("err", /^router is back$/);
    }

    const started = up.children.map(({ pid }) => pid);
    const roles = up.grandchildren("--role=");
    assert.equal(roles.length >= 4, true);
    up.signal("SIGTERM");
    assert.equal(await up.exited, 0);
    assert.equal(up.out.at(-1), "stopped");
    assert.equal(started.length, 9);
    assert.deepEqual([...started, ...roles].filter(isAlive), []);

    await using again = new ClusterCommand(folder.path, ["--no-spare"]);
    assert.deepEqual(await textsOf(await again.address("ingest")), ["before", "after", "again"]);
    const orphans = [...again.children.map(({ pid }) => pid), ...again.grandchildren("--role=")];
    again.signal("SIGKILL");
    await untilGone(orphans);
  });

  it("[CU-14] ends at once on the second signal, also while it starts", async () => {
    using folder = temporaryFolder();
    await using up = new ClusterCommand(folder.path, ["--no-spare"]);
    await up.line("err", /^redis: ready/);
    const started = up.children.map(({ pid }) => pid);

    up.signal("SIGINT");
    up.signal("SIGTERM");

    assert.equal([130, 143].includes((await up.exited) ?? 0), true);
    await untilGone(started);
  });
});
