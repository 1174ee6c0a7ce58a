/**
 * What an idle connection costs the server: resident memory per connection while so many viewers sit in a quiet room.
 *
 *   node bench/macro/idle.ts [--connections 5000] [--room idle] [--bar 10] [--flag --engine.idle-ms=600000]
 *
 * A process of its own opens the connections over loopback and says nothing. Half as many come before them as the
 * warm-up: in the first thousands V8's young generation grows to its full size, once for the process whatever it serves;
 * the first row shows what that costs. Ends with code 1 when a connection costs more than the bar (KiB), or when a
 * connection's records do not add up.
 */
import { fork } from "node:child_process";
import { connect } from "node:net";
import { parseArgs } from "node:util";
import { background, sleep } from "@barrage/kernel";
import { ledgerLine, serverLedger } from "../load/server-ledger.ts";
import { startBarrage } from "../load/server-process.ts";
import { table } from "../load/table.ts";

const KIB = 1_024;
/** Connections that may be on their way at once: the server's backlog is 511. */
const AT_ONCE = 64;
/** Time before memory is read, ms: V8 collects a heap that has become quiet after some 8 s, and gives pages back. */
const REST_MS = 20_000;

interface Order {
  readonly host: string;
  readonly port: number;
  readonly room: string;
  readonly count: number;
}

/** The viewers' process: opens what it is told, and says so when all are in the room. */
async function hold({ host, port, room, count }: Order): Promise<void> {
  const buffer = Buffer.allocUnsafe(65_536);
  const joined = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let seen = "";
      const socket = connect({
        host,
        port,
        onread: {
          buffer,
          callback: (length) => {
            if (!seen.includes("snapshot")) seen += buffer.toString("latin1", 0, length);
            if (seen.includes('"snapshot"')) resolve();
            return true;
          },
        },
      });
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the server closed a connection")));
      socket.write(
        `GET /ws?room_id=${room} HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\n` +
          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n\r\n",
      );
    });
  let left = count;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await joined();
    }),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      connections: { type: "string", default: "5000" },
      room: { type: "string", default: "idle" },
      bar: { type: "string", default: "10" },
      flag: { type: "string", multiple: true, default: [] },
    },
  });
  const connections = Number(values.connections);
  await using server = await startBarrage([
    `--server.connections-per-address=${connections * 2}`,
    "--engine.limits.join.per-second=1000000",
    "--engine.limits.join.burst=1000000",
    "--engine.idle-ms=600000",
    ...values.flag,
  ]);
  const viewers = fork(import.meta.filename, ["viewers"], { stdio: "inherit" });
  const open = (count: number): Promise<void> =>
    new Promise((resolve, reject) => {
      viewers.once("message", (answer) =>
        answer === "done" ? resolve() : reject(new Error(JSON.stringify(answer))),
      );
      viewers.send({ host: server.host, port: server.port, room: values.room, count } satisfies Order);
    });
  const rest = async (): Promise<number> => {
    await sleep(REST_MS, background);
    return server.figures().residentBytes;
  };
  const empty = await rest();
  const warm = Math.ceil(connections / 2);
  await open(warm);
  const before = await rest();
  await open(connections);
  const peak = server.figures().residentBytes;
  const after = await rest();
  const ledger = await serverLedger(server);
  viewers.kill();

  const each = (bytes: number, from = before, count = connections): string =>
    ((bytes - from) / count / KIB).toFixed(2);
  const mib = (bytes: number): string => (bytes / KIB / KIB).toFixed(1);
  console.log(
    table(
      ["idle connections", "resident MiB", "KiB each"],
      [
        [0, mib(empty), ""],
        [warm, mib(before), each(before, empty, warm)],
        [warm + connections, mib(after), each(after)],
        ["as they had come in", mib(peak), each(peak)],
      ],
    ),
  );
  console.log(ledgerLine(ledger));
  if (ledger.imbalance !== 0) process.exitCode = 1;
  if ((after - before) / connections > Number(values.bar) * KIB) process.exitCode = 1;
}

if (process.argv[2] === "viewers") {
  process.on("message", (order: Order) => {
    hold(order).then(
      () => process.send?.("done"),
      (error: unknown) => process.send?.(String(error)),
    );
  });
} else await main();
