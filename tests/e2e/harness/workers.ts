import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "@barrage/client";
import type { RoomConnection } from "@barrage/client";
import { imbalance } from "@barrage/engine";
import { get, ledgerOf } from "./api.ts";
import type { Acked } from "./load.ts";
import { publish } from "./load.ts";

/** Between two looks at a page, ms. */
const LOOK_MS = 50;

/** Resolves when it holds; looked at again and again, for what tells nobody of its change. */
export async function until(isMet: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isMet())) await wait(LOOK_MS);
}

export interface ProcessRow {
  readonly role: "owner" | "worker";
  readonly worker: number;
  readonly generation: number;
  readonly pid: number;
  readonly state: string;
  readonly revision: number;
  readonly load: { readonly connections: number } | null;
}

export interface WorkersPage {
  readonly supervisor: {
    readonly pid: number;
    readonly workers: number;
    readonly spare: { readonly pid: number; readonly is_ready: boolean } | null;
    readonly last_decision: { readonly action: string; readonly reason: string } | null;
  };
  readonly processes: readonly ProcessRow[];
}

/** The page of all processes; whoever is asked may end before it answers. */
export async function workersPage(url: string): Promise<WorkersPage> {
  for (;;) {
    try {
      const { status, json } = await get(url, "/debug/workers");
      if (status === 200) return json as unknown as WorkersPage;
    } catch {
      // The process that had the connection is no more: another one answers.
    }
    await wait(LOOK_MS);
  }
}

/** The page once it says what is waited for. */
export async function untilPage(url: string, isMet: (page: WorkersPage) => boolean): Promise<WorkersPage> {
  for (;;) {
    const page = await workersPage(url);
    if (isMet(page)) return page;
    await wait(LOOK_MS);
  }
}

export const serving = ({ processes }: WorkersPage): readonly ProcessRow[] =>
  processes.filter(({ role, state }) => role === "worker" && state === "serving");

/** Does the process run? One that has ended and that nobody has waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    // ENOENT: there is no such process.
    return false;
  }
}

/** Viewers through the SDK, each with what it was given, in order. */
export class Audience implements Disposable {
  readonly viewers: { readonly room: RoomConnection; readonly texts: string[]; readonly seqs: number[] }[] =
    [];
  gaps = 0;
  /** Connections that were lost, over all viewers. */
  losses = 0;

  /** Resolves when all have joined. */
  static async join(url: string, name: string, count: number): Promise<Audience> {
    const audience = new Audience();
    await Promise.all(Array.from({ length: count }, () => audience.add(url, name)));
    return audience;
  }

  /** One more; resolves when it has joined. */
  add(url: string, name: string): Promise<void> {
    const room = connect({ url, room: name });
    const viewer = { room, texts: [] as string[], seqs: [] as number[] };
    this.viewers.push(viewer);
    room.on("item", (item) => {
      if (item.kind !== "danmaku") return;
      viewer.texts.push(item.content);
      viewer.seqs.push(item.seq);
    });
    room.on("gap", () => (this.gaps += 1));
    return new Promise((resolve) => {
      room.on("state", ({ type }) => {
        if (type === "live") resolve();
        if (type === "waiting") this.losses += 1;
      });
    });
  }

  /** Fails unless each viewer gets each of these loads' exactly once, in one order, and is told of no gap. */
  async sawExactly(
    ...loads: readonly { readonly name: string; readonly acked: readonly Acked[] }[]
  ): Promise<void> {
    const acked = loads.flatMap((load) => load.acked);
    const isOfThese = (text: string): boolean => loads.some(({ name }) => text.startsWith(`text ${name}-`));
    const expected = acked.toSorted((a, b) => a.seq - b.seq).map(({ content }) => content);
    while (this.viewers.some(({ texts }) => texts.filter(isOfThese).length < expected.length))
      await wait(LOOK_MS);
    for (const { texts, seqs } of this.viewers) {
      assert.deepEqual(texts.filter(isOfThese), expected);
      for (const [index, seq] of seqs.entries()) assert.ok(index === 0 || seq > (seqs[index - 1] ?? 0));
    }
    assert.equal(this.gaps, 0);
  }

  [Symbol.dispose](): void {
    for (const { room } of this.viewers) room.close();
  }
}

/** Publishes until told to stop; what was not answered is sent again under the same id until it is. */
export function startStubbornLoad(options: {
  readonly url: string;
  readonly room: string;
  readonly token: string;
  readonly name: string;
  readonly publishers: number;
  /** Between two danmaku of one publisher, ms. */
  readonly pauseMs?: number;
}): {
  readonly name: string;
  readonly acked: readonly Acked[];
  readonly again: () => number;
  readonly stop: () => Promise<void>;
} {
  const acked: Acked[] = [];
  let isStopped = false;
  let retries = 0;
  const one = async (key: string): Promise<void> => {
    for (;;) {
      const content = `text ${key}`;
      // A broken connection is no answer; 503 says to come again.
      const answer = await publish(options, key, content).catch(() => undefined);
      if (answer?.status === 202) {
        const { id, seq } = answer.json;
        acked.push({ key, content, id: String(id), seq: Number(seq) });
        return;
      }
      if (answer !== undefined) assert.equal(answer.status, 503, answer.text);
      retries += 1;
      await wait(LOOK_MS);
    }
  };
  const publisher = async (number: number): Promise<void> => {
    for (let count = 0; !isStopped; count += 1) {
      await one(`${options.name}-${number}-${count}`);
      if (options.pauseMs !== undefined) await wait(options.pauseMs);
    }
  };
  const all = Promise.all(Array.from({ length: options.publishers }, (_, number) => publisher(number)));
  return {
    name: options.name,
    acked,
    again: () => retries,
    async stop() {
      isStopped = true;
      await all;
    },
  };
}

/** Fails unless every record of every process, those that ended included, is in one term. */
export async function assertWholeLedger(url: string): Promise<void> {
  const ledger = await ledgerOf(url);
  assert.equal(imbalance(ledger), 0, JSON.stringify(ledger));
}
