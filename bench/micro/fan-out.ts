/**
 * What the engine adds to a socket write: the way of a batch from the feed to N sockets, beside a bare loop that writes
 * the same ready frame to the same N sockets.
 *
 *   node bench/micro/fan-out.ts [--viewers 500] [--batches 400] [--rounds 7] [--items 30]
 *
 * The sockets are TCP on this machine; a process of its own reads and discards what comes. Contenders take turns, CPU is
 * this process's own (user and system), the figures are medians of the rounds.
 */
import type { Socket } from "node:net";
import { parseArgs } from "node:util";
import { background } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import { assertLedger } from "@barrage/testkit";
import { ROOM, audience, engineWith } from "../load/engine-audience.ts";
import { table } from "../load/table.ts";

function item(seq: number): Item {
  return {
    kind: "danmaku",
    id: `01k8-${String(seq).padStart(12, "0")}`,
    seq,
    n: seq,
    at: 1_767_225_600_000,
    author: { uid: `viewer-${String(seq % 97)}`, name: "路过的观众", role: "viewer" },
    content: "弹幕飞过屏幕之上弹幕飞过屏幕之上弹幕飞过",
    mode: "scroll",
    color: 0xffffff,
    size: 25,
  };
}

/** CPU microseconds per write of `work`, which makes `writes` of them. */
async function cpuPerWrite(writes: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / writes;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Until the sockets have sent all: a contender must not pay for what the one before it left. */
async function drained(sockets: readonly Socket[]): Promise<void> {
  while (sockets.some(({ writableLength }) => writableLength > 0)) await turn();
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      viewers: { type: "string", default: "500" },
      batches: { type: "string", default: "400" },
      rounds: { type: "string", default: "7" },
      items: { type: "string", default: "30" },
    },
  });
  const [viewers, batches, rounds, items] = [values.viewers, values.batches, values.rounds, values.items].map(
    Number,
  ) as [number, number, number, number];
  using seats = await audience(viewers);
  const { sockets } = seats;
  const { engine, feed, batches: handed } = await engineWith(sockets);
  // The room's first record goes to all, once they have joined.
  while (engine.totals.delivered < viewers) await turn();

  let seq = 1;
  let bytes = 0;
  const probe = sockets[0];
  const ours = async (): Promise<void> => {
    for (let i = 0; i < batches; i += 1) {
      const batch = Array.from({ length: items }, (_, place) => item(seq + 1 + place));
      const before = probe?.bytesWritten ?? 0;
      const { done } = handed;
      await feed.publish({ room: ROOM, prev: seq, seq: seq + items, items: batch }, background);
      seq += items;
      while (handed.done === done) await turn();
      await drained(sockets);
      bytes = (probe?.bytesWritten ?? 0) - before;
    }
  };
  const floor = async (): Promise<void> => {
    const frame = Buffer.allocUnsafeSlow(bytes);
    for (let i = 0; i < batches; i += 1) {
      for (const socket of sockets) socket.write(frame);
      await drained(sockets);
    }
  };

  await ours();
  await floor();
  const figures: { ours: number; floor: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    figures.push({
      ours: await cpuPerWrite(viewers * batches, ours),
      floor: await cpuPerWrite(viewers * batches, floor),
    });
  }
  console.log(
    `${viewers} sockets, ${batches} batches of ${items} records (${bytes} bytes), ${rounds} rounds`,
  );
  const [engineUs, floorUs] = [
    median(figures.map((each) => each.ours)),
    median(figures.map((each) => each.floor)),
  ];
  const ratio = median(figures.map((each) => each.ours / each.floor));
  console.log(
    table(
      ["CPU us per write", "median", "ratio"],
      [
        ["bare loop", floorUs.toFixed(2), "1.00"],
        ["engine", engineUs.toFixed(2), ratio.toFixed(2)],
      ],
    ),
  );
  const { delivered } = engine.totals;
  console.log(`delivered ${delivered} of ${(rounds + 1) * batches * items * viewers + viewers}`);
  assertLedger(engine.gateway.ledger(), { records: (rounds + 1) * batches * items * viewers + viewers });
  await engine.stop(background);
}

await main();
