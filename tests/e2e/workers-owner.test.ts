import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect } from "@barrage/client";
import type { RoomConnection } from "@barrage/client";
import { sleep } from "@barrage/kernel";
import { assertLedger } from "@barrage/testkit";
import { UNLIMITED } from "../support/no-limits.ts";
import { get, ledgerOf, login, wholeHistory } from "./harness/api.ts";
import { CheckingViewer } from "./harness/checking-viewer.ts";
import { publish } from "./harness/load.ts";
import type { RoleSpec } from "./harness/role-main.ts";
import { RoleProcess } from "./harness/role-process.ts";
import { temporaryFolder } from "./harness/serve-process.ts";

const ROOM = "shared";
const ROUNDS = 3;
const PUBLISHERS = 4;
const ACKS_PER_ROUND = 80;

/** An owner and the workers of one folder. */
class Family implements AsyncDisposable {
  readonly workers: RoleProcess[] = [];
  readonly #spec: RoleSpec;
  #owner: RoleProcess | undefined;

  constructor(dir: string) {
    this.#spec = {
      flags: {
        ...UNLIMITED,
        "store.dir": dir,
        // Often, so that a kill meets a checkpoint that is past what was published.
        "engine.checkpoint-every-ms": "100",
        "server.shutdown-spread-ms": "0",
        // The checking viewers do not ping.
        "engine.idle-ms": "3600000",
      },
      socketPath: join(dir, "owner.sock"),
    };
  }

  get owner(): RoleProcess {
    if (this.#owner === undefined) throw new Error("there is no owner");
    return this.#owner;
  }

  async startOwner(): Promise<void> {
    this.#owner = await RoleProcess.start(this.#spec);
  }

  /** On a port of its own, or on the one it shares with another. */
  async startWorker(id: string, { generation = 1, port = 0 } = {}): Promise<RoleProcess> {
    const worker = await RoleProcess.start({ ...this.#spec, worker: { id, generation }, port });
    this.workers.push(worker);
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.workers) await worker[Symbol.asyncDispose]();
    await this.#owner?.[Symbol.asyncDispose]();
  }
}

interface Acked {
  readonly content: string;
  readonly id: string;
  readonly seq: number;
}

/** Publishers who keep at each danmaku until it is acknowledged, and count the refusals on the way. */
class Persistent {
  readonly acked: Acked[] = [];
  readonly refusals = new Map<string, number>();
  stopped = false;
  private readonly urls: readonly string[];
  private readonly token: string;
  private waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(urls: readonly string[], token: string) {
    this.urls = urls;
    this.token = token;
  }

  /** Resolves once `count` were acknowledged. */
  reached(count: number): Promise<void> {
    if (this.acked.length >= count) return Promise.resolve();
    return new Promise((resolve) => (this.waiting = { count, resolve }));
  }

  async run(number: number): Promise<void> {
    const url = this.urls[number % this.urls.length] ?? "";
    for (let count = 0; !this.stopped; count += 1) await this.publish(url, `${number}-${count}`);
  }

  private async publish(url: string, key: string): Promise<void> {
    const content = `text ${key}`;
    for (;;) {
      const { status, json, headers } = await publish({ url, room: ROOM, token: this.token }, key, content);
      if (status === 202) {
        this.acked.push({ content, id: String(json["id"]), seq: Number(json["seq"]) });
        if (this.waiting !== undefined && this.acked.length >= this.waiting.count) this.waiting.resolve();
        return;
      }
      assert.equal(status, 503, JSON.stringify(json));
      const { code, retryable } = json["error"] as { code: string; retryable: boolean };
      assert.equal(retryable, true);
      assert.equal(Number(headers.get("retry-after")) >= 1, true);
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
      // A fraction of what it was asked to wait: the sooner it is back, the more the next owner has to order.
      await sleep(50);
    }
  }
}

const inOrder = (acked: readonly Acked[]): readonly string[] =>
  acked.toSorted((a, b) => a.seq - b.seq).map(({ content }) => content);

/** Resolves once the worker says that no work should be sent to it. */
async function unready(url: string): Promise<void> {
  for (;;) {
    const { status } = await get(url, "/readyz");
    if (status === 503) return;
    await sleep(10);
  }
}

describe("an owner that is killed under load", { timeout: 440_000 }, () => {
  it("[WK-15, WK-16, WK-18] has every acknowledged danmaku seen once and in order by viewers who stay", async (test) => {
    using folder = temporaryFolder();
    await using family = new Family(folder.path);
    await family.startOwner();
    const workers = [await family.startWorker("1"), await family.startWorker("2")];
    const urls = workers.map(({ url }) => url);
    const viewers: CheckingViewer[] = [];
    for (const url of [...urls, ...urls]) viewers.push(await CheckingViewer.join(url, `room_id=${ROOM}`));
    const load = new Persistent(urls, await login(urls[0] ?? "", { uid: "publisher" }));
    const publishing = Promise.all(Array.from({ length: PUBLISHERS }, (_, number) => load.run(number)));

    for (let round = 1; round <= ROUNDS; round += 1) {
      await load.reached(round * ACKS_PER_ROUND);
      await family.owner.kill("SIGKILL");
      for (const url of urls) await unready(url);
      await family.startOwner();
    }
    await load.reached((ROUNDS + 1) * ACKS_PER_ROUND);
    load.stopped = true;
    await publishing;

    const expected = inOrder(load.acked);
    for (const viewer of viewers) {
      await viewer.until(() => viewer.texts.length >= expected.length || viewer.closeCode !== undefined);
      assert.deepEqual(viewer.faults, []);
      assert.deepEqual(viewer.gaps, []);
      assert.equal(viewer.closeCode, undefined, "a viewer's socket was closed");
      assert.deepEqual(viewer.texts, expected);
    }
    const history = await wholeHistory(urls[1] ?? "", ROOM);
    assert.deepEqual(
      history.flatMap(({ kind, content }) => (kind === "danmaku" ? [content] : [])),
      expected,
    );
    const refused = load.refusals.get("BARRAGE_UNAVAILABLE") ?? 0;
    test.diagnostic(`${expected.length} acknowledged, refusals: ${JSON.stringify([...load.refusals])}`);
    assert.equal(refused > 0, true, "nothing was published while there was no owner");
    for (const [i, url] of urls.entries()) {
      const records = viewers
        .filter((_, place) => place % urls.length === i)
        .reduce((sum, { items }) => sum + items.length, 0);
      assertLedger(await ledgerOf(url), { records, withheld: 0 });
    }
    for (const viewer of viewers) viewer.close();
  });
});

/** What a viewer of the SDK has been given. */
class SdkViewer {
  readonly texts: string[] = [];
  readonly gaps: unknown[] = [];
  readonly room: RoomConnection;
  /** Times that it joined, and came back. */
  snapshots = 0;
  private waiting: { readonly isMet: () => boolean; readonly resolve: () => void } | undefined;

  constructor(url: string) {
    this.room = connect({ url, room: ROOM, backoff: { baseMs: 20, maxMs: 500 } });
    this.room.on("item", (item) => {
      if (item.kind === "danmaku") this.texts.push(item.content);
      this.look();
    });
    this.room.on("gap", (gap) => this.gaps.push(gap));
    this.room.on("snapshot", () => {
      this.snapshots += 1;
      this.look();
    });
  }

  until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => (this.waiting = { isMet, resolve }));
  }

  private look(): void {
    if (this.waiting?.isMet() === true) this.waiting.resolve();
  }
}

describe("a worker that is killed under load", { timeout: 440_000 }, () => {
  it("[WK-14, WK-20] has its viewers back elsewhere, with nothing missing and nothing twice", async (test) => {
    using folder = temporaryFolder();
    await using family = new Family(folder.path);
    await family.startOwner();
    const first = await family.startWorker("1");
    const { port, url } = first;
    const second = await family.startWorker("2", { port });
    // Publishers must not lose a connection in this test: they have a worker of their own.
    const third = await family.startWorker("3");
    const viewers = Array.from({ length: 8 }, () => new SdkViewer(url));
    for (const viewer of viewers) await viewer.until(() => viewer.snapshots === 1);
    const load = new Persistent([third.url], await login(third.url, { uid: "publisher" }));
    const publishing = Promise.all(Array.from({ length: PUBLISHERS }, (_, number) => load.run(number)));

    await load.reached(ACKS_PER_ROUND);
    await first.kill("SIGKILL");
    await load.reached(2 * ACKS_PER_ROUND);
    const replacement = await family.startWorker("1", { generation: 2, port });
    await load.reached(3 * ACKS_PER_ROUND);
    await second.kill("SIGKILL");
    await load.reached(4 * ACKS_PER_ROUND);
    load.stopped = true;
    await publishing;

    const expected = inOrder(load.acked);
    for (const viewer of viewers) {
      await viewer.until(() => viewer.texts.length >= expected.length);
      assert.deepEqual(viewer.gaps, []);
      assert.deepEqual(viewer.texts, expected);
    }
    const returns = viewers.reduce((sum, { snapshots }) => sum + snapshots - 1, 0);
    test.diagnostic(`${expected.length} acknowledged, ${viewers.length} viewers came back ${returns} times`);
    // The kernel shares out connections as it likes, but whoever was at the two that were killed came back.
    assert.equal(returns >= viewers.length, true);
    for (;;) {
      const { json } = await get(third.url, `/api/v1/rooms/${ROOM}`);
      if (json["viewers"] === viewers.length) break;
    }
    for (const viewer of viewers) viewer.room.close();
    // Records of the room that were shown to nobody at the third worker are no term of its ledger.
    assertLedger(await ledgerOf(third.url), { records: 0, withheld: 0 });
    const { shed, lostAtClose } = await ledgerOf(replacement.url);
    assert.deepEqual({ shed, lostAtClose }, { shed: { slow: 0, expired: 0, sampled: 0 }, lostAtClose: 0 });
  });
});
