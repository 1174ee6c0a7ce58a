import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BARRAGE, IN_MEMORY, IN_MEMORY_V1 } from "./bars.ts";
import { startBarrage, startServerProcess } from "./server-process.ts";
import type { BenchServer, Pinning } from "./server-process.ts";

const PEERS = fileURLToPath(new URL("../macro/peers/", import.meta.url));
const MEMORY_SERVER = fileURLToPath(new URL("memory-server.ts", import.meta.url));

/** A server of the comparison. */
export interface Contender {
  readonly name: string;
  /** The load generator's name for what it speaks. */
  readonly protocol: string;
  /** Many danmaku in one write, or a write for each. */
  readonly isBatching: boolean;
  /** Has it a ledger, and says its flush window? */
  readonly isBarrage?: boolean;
  /** Units: `windowMs` is the batching window, the same for all that batch but for `barrage`, which chooses its own. */
  start(windowMs: number, pinning: Pinning): Promise<BenchServer>;
}

const peer = (name: string, protocol: string, file: string, isBatching: boolean): Contender => ({
  name,
  protocol,
  isBatching,
  start: (windowMs, pinning) =>
    startServerProcess([`${PEERS}${file}`], { ...pinning, env: { WINDOW_MS: String(windowMs) } }),
});

const inMemory = (name: string, protocol: string): Contender => ({
  name,
  protocol,
  isBatching: true,
  isBarrage: true,
  start: (windowMs, pinning) => startServerProcess([MEMORY_SERVER, String(windowMs)], pinning),
});

export const CONTENDERS: readonly Contender[] = [
  {
    name: BARRAGE,
    protocol: "barrage",
    isBatching: true,
    isBarrage: true,
    start: (_, pinning) => startBarrage([], pinning),
  },
  inMemory(IN_MEMORY, "barrage"),
  inMemory(IN_MEMORY_V1, "barrage.v1"),
  peer("batching-ws", "barrage", "batching-ws.mjs", true),
  peer("floor", "barrage", "floor.mjs", true),
  peer("ws", "plain-json", "plain-ws.mjs", false),
  peer("socket.io", "socket.io", "socket-io.mjs", false),
  // Of the others with a WebSocket for Node the one with most downloads that has its own protocol code (faye-websocket,
  // not ws); uWebSockets.js is not on npm, Primus and the rest run on ws.
  peer("sockjs", "plain-json", "sock-js.mjs", false),
];

/** Installs what the peers need, in their folder alone, unless it is there. */
export function installPeers(): void {
  if (["ws", "socket.io", "sockjs"].every((name) => existsSync(`${PEERS}node_modules/${name}`))) return;
  console.log("installing the servers to compare with");
  const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
  execFileSync("npm", install, { cwd: PEERS, stdio: "inherit" });
}
