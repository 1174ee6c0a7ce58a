import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { describe, it } from "node:test";
import { connect } from "@barrage/client";
import type { RoomConnection } from "@barrage/client";
import { BarrageError } from "@barrage/protocol";
import { Random } from "@barrage/load";
import { assertLedger } from "@barrage/testkit";
import { NO_LIMITS } from "../support/no-limits.ts";
import { ledgerOf, login, post, wholeHistory } from "./harness/api.ts";
import type { HistoryItem } from "./harness/api.ts";
import { ResumingViewer } from "./harness/resuming-viewer.ts";
import { ServeProcess, temporaryFolder } from "./harness/serve-process.ts";
import { untilPage } from "./harness/workers.ts";

const ROOM = "resumed";
const SEED = 20_260_102;
const VIEWERS = 12;
/** So many that the share of one is less than the 500 frames for which a server closes a connection that floods it. */
const PUBLISHERS = 12;
/** Danmaku of one publisher that wait for their answer. */
const IN_FLIGHT = 12;
/** Danmaku that all viewers together have to account for: read, or told of. */
const IN_ALL = 50_000;
const PUBLISHED = Math.ceil((IN_ALL * 1.4) / VIEWERS / PUBLISHERS) * PUBLISHERS;
const KILLS = 5;
/** Between two mishaps of viewers, ms. */
const MISHAP_MS = 25;
/** Before a refused danmaku is sent again, ms: a server closes whoever floods it with frames. */
const REFUSED_MS = 200;
/** A send may have to outlive several kills on a slow machine. */
const SEND_TIMEOUT_MS = 200_000;
/** So small that whoever is away for a moment finds that it has moved on. */
const SMALL_WINDOW = ["--engine.window.max-items=300", "--engine.checkpoint-every-ms=200"];

interface Acked {
  readonly content: string;
  readonly seq: number;
}

/** Danmaku from several connections at once, each sent until it is acknowledged. */
class Publishing {
  readonly acked: Acked[] = [];
  private readonly waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();

  reached(count: number): Promise<void> {
    if (this.acked.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add({ count, resolve }));
  }

  /** Every publisher's share, then the connections are closed. */
  async run(url: string, token: string): Promise<void> {
    const share = PUBLISHED / PUBLISHERS;
    await Promise.all(Array.from({ length: PUBLISHERS }, (_, i) => this.publisher(url, token, [i, share])));
  }

  private async publisher(url: string, token: string, [name, share]: [number, number]): Promise<void> {
    const connection = connect({
      url,
      room: ROOM,
      token,
      outboxLimit: IN_FLIGHT,
      sendTimeoutMs: SEND_TIMEOUT_MS,
      backoff: { baseMs: 50, maxMs: 500 },
    });
    let next = 0;
    const line = async (): Promise<void> => {
      while (next < share) {
        const content = `said ${name}-${next++}`;
        this.note({ content, seq: await this.untilAcked(connection, content) });
      }
    };
    try {
      await Promise.all(Array.from({ length: IN_FLIGHT }, line));
    } finally {
      connection.close();
    }
  }

  /** A server whose owner is away refuses for the moment: the same one is sent again. */
  private async untilAcked(connection: RoomConnection, content: string): Promise<number> {
    const body = { content, client_msg_id: content.replace(" ", "-") };
    for (;;) {
      try {
        const ack = await connection.send(body);
        assert.ok("seq" in ack);
        return ack.seq;
      } catch (error) {
        if (!BarrageError.is(error) || !error.spec.retryable) throw error;
        await wait(REFUSED_MS);
      }
    }
  }

  private note(acked: Acked): void {
    this.acked.push(acked);
    for (const waiting of this.waiting) {
      if (this.acked.length < waiting.count) continue;
      this.waiting.delete(waiting);
      waiting.resolve();
    }
  }
}

/** Superchats, one after the other, each until it is accepted; until `isOver`. */
async function pay(url: string, token: string, isOver: () => boolean): Promise<readonly Acked[]> {
  const acked: Acked[] = [];
  for (let count = 0; !isOver(); count += 1) {
    const content = `paid ${count}`;
    const body = {
      room_id: ROOM,
      content,
      amount_micros: 1_000_000,
      currency: "CNY",
      pin_ms: 1_000,
      client_msg_id: `paid-${count}`,
    };
    for (let seq: number | undefined; seq === undefined;) {
      try {
        const { status, json } = await post(url, "/api/v1/superchat", body, token);
        if (status === 202) seq = Number(json["seq"]);
        else assert.equal(status, 503, JSON.stringify(json));
      } catch (error) {
        // The process that had it is no more: the same one is sent again.
        if (error instanceof assert.AssertionError) throw error;
      }
      if (seq === undefined) await wait(MISHAP_MS);
      else acked.push({ content, seq });
    }
    await wait(MISHAP_MS);
  }
  return acked;
}

/** Viewers die, drop, stop reading and go on, at random, until `isOver`. */
async function mishaps(
  viewers: readonly ResumingViewer[],
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const viewer = viewers[random.below(viewers.length)];
    const dice = random.next();
    if (dice < 0.1) viewer?.restart();
    else if (dice < 0.3) viewer?.drop();
    else if (dice < 0.6) viewer?.stop();
    else viewer?.read();
    await wait(MISHAP_MS);
  }
  for (const viewer of viewers) viewer.read();
}

/** Every record that was acknowledged is there once, at the place that it was told. */
function checkHistory(history: readonly HistoryItem[], acked: readonly Acked[]): void {
  const places = new Map<string, number[]>();
  for (const { content = "", seq } of history) places.set(content, [...(places.get(content) ?? []), seq]);
  for (const { content, seq } of acked) assert.deepEqual(places.get(content), [seq], content);
}

/** What the viewer was handed and told, against the history; answers how many records that were. */
function checkViewer(
  { got, gaps, begin = 0, faults }: ResumingViewer,
  history: readonly HistoryItem[],
): number {
  assert.deepEqual(faults, []);
  const seqs = got.map(({ seq }) => seq);
  assert.equal(
    seqs.every((seq, i) => i === 0 || seq > (seqs[i - 1] ?? 0)),
    true,
    "out of order, or twice",
  );
  const has = new Set(seqs);
  const missing = history.filter(({ seq }) => seq >= begin && !has.has(seq));
  for (const { kind, seq } of missing) {
    assert.equal(
      gaps.some(({ from, to }) => seq > from && seq <= to),
      true,
      `${kind} ${seq} is missing, and nobody said so`,
    );
    assert.notEqual(kind, "superchat", `superchat ${seq} was withheld`);
  }
  for (const { from, to, count } of gaps) {
    const lacks = missing.filter(({ seq }) => seq > from && seq <= to).length;
    if (count !== null) assert.equal(lacks, count, `of ${from} to ${to}`);
  }
  return got.length + missing.length;
}

interface Stage {
  readonly url: string;
  /** Kills a process of the server with -9; resolves when another one has its place. */
  readonly kill: () => Promise<void>;
  /** For tokens of services. */
  readonly key: string;
}

/** Publishes, kills, drops, and checks everything in the end. Answers the records that the viewers read. */
async function play({ url, kill, key }: Stage, random: Random) {
  const token = await login(url, { uid: "publisher" });
  const payer = await login(url, { uid: "payer", role: "service", key });
  const viewers = Array.from(
    { length: VIEWERS },
    (_, i) => new ResumingViewer(url, ROOM, i % 2 === 0 ? "json" : "binary"),
  );
  const publishing = new Publishing();
  let isOver = false;
  const killing = async (): Promise<void> => {
    for (let round = 1; round <= KILLS; round += 1) {
      await publishing.reached(Math.floor((round * PUBLISHED) / (KILLS + 1)));
      await kill();
      for (const viewer of viewers) viewer.mark();
    }
  };
  const beside = Promise.all([
    mishaps(viewers, random.fork("mishaps"), () => isOver),
    pay(url, payer, () => isOver),
  ]);
  try {
    try {
      await Promise.all([publishing.run(url, token), killing()]);
    } finally {
      isOver = true;
    }
    const [, paid] = await beside;
    const acked = [...publishing.acked, ...paid];

    const history = await wholeHistory(url, ROOM);
    checkHistory(history, acked);
    const end = history.at(-1)?.seq ?? 0;
    for (const viewer of viewers) await viewer.reached(end);
    const accounted = viewers.reduce((sum, viewer) => sum + checkViewer(viewer, history), 0);
    assert.equal(accounted >= IN_ALL, true, `only ${accounted} were`);
    const sum = (of: (viewer: ResumingViewer) => number) =>
      viewers.reduce((all, viewer) => all + of(viewer), 0);
    return {
      viewers,
      acked: acked.length,
      read: sum(({ got }) => got.length),
      gaps: sum(({ gaps }) => gaps.length),
    };
  } catch (error) {
    for (const viewer of viewers) viewer.close();
    throw error;
  }
}

describe("viewers who come back to servers that are killed", { timeout: 400_000 }, () => {
  it("[DL-3] [DL-9] [DL-10] [DL-22] [DL-36] one process: have everything once and in order, or were told", async (test) => {
    using folder = temporaryFolder();
    const random = new Random(SEED);
    const flags = [...NO_LIMITS, ...SMALL_WINDOW];
    let server = await ServeProcess.start(folder.path, flags);
    const { url, port } = server;
    try {
      const kill = async (): Promise<void> => {
        server.kill("SIGKILL");
        await server.ended;
        server = await ServeProcess.start(folder.path, flags, port);
      };
      const { viewers, acked, read, gaps } = await play({ url, kill, key: server.key }, random);

      for (const viewer of viewers) viewer.close();
      const records = viewers.reduce((sum, { sinceMark }) => sum + sinceMark, 0);
      assertLedger(await ledgerOf(url), { records }, { lossy: true });
      server.kill("SIGTERM");
      assert.equal((await server.ended).code, 0);
      test.diagnostic(`${KILLS} kills, ${acked} acknowledged, ${read} read, ${gaps} gaps told, seed ${SEED}`);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });

  it("[DL-3] [DL-9] [DL-10] [DL-20] [DL-39] an owner and two workers, any of which is killed: the same", async (test) => {
    using folder = temporaryFolder();
    const random = new Random(SEED + 1);
    await using server = await ServeProcess.start(folder.path, [
      ...NO_LIMITS,
      ...SMALL_WINDOW,
      "--workers=2",
    ]);
    const { url } = server;
    const killed: string[] = [];
    const pick = random.fork("kills");
    // The owner and one of the workers in turn.
    const next = (): "owner" | "worker" => (killed.length % 2 === 0 ? "owner" : "worker");
    const kill = async (): Promise<void> => {
      // One that died just now has no row until its successor has one.
      const { processes } = await untilPage(
        url,
        (page) => page.processes.length === 3 && page.processes.every(({ state }) => state === "serving"),
      );
      const candidates = processes.filter(({ role }) => role === next());
      const chosen = candidates[pick.below(candidates.length)];
      // A pid of 0 would be this very process and everybody who was started with it.
      assert.ok(chosen !== undefined && chosen.pid > 1);
      const { pid, role } = chosen;
      killed.push(role);
      process.kill(pid, "SIGKILL");
      await untilPage(url, (page) => page.processes.every((row) => row.pid !== pid));
    };
    const { viewers, acked, read, gaps } = await play({ url, kill, key: server.key }, random);

    for (const viewer of viewers) viewer.close();
    assertLedger(await ledgerOf(url), { records: 0 }, { lossy: true });
    server.kill("SIGTERM");
    assert.equal((await server.ended).code, 0);
    test.diagnostic(`killed ${killed.join(", ")}; ${acked} acknowledged, ${read} read, ${gaps} gaps told`);
    assert.equal(killed.length, KILLS);
  });
});
