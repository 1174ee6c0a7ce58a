/**
 * Barrage with nothing durable: the whole server on in-memory ports, for a comparison with servers that keep nothing. The
 * argument is its batching window, ms.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, resolveConfig, startServer } from "@barrage/server";
import { MemoryAuditLog, MemoryLog, MemoryRoomStore } from "@barrage/testkit";
import { UNLIMITED } from "../../tests/support/no-limits.ts";
import { NoArchive } from "./no-archive.ts";

// For the development key alone.
const dir = mkdtempSync(join(tmpdir(), "barrage-bench-"));
const windowMs = process.argv[2] ?? "25";
const { config } = resolveConfig({
  flags: {
    "store.dir": dir,
    "server.port": "0",
    "server.shutdown-spread-ms": "0",
    "server.connections-per-address": "100000",
    "engine.flush.min-ms": windowMs,
    "engine.flush.max-ms": windowMs,
    ...UNLIMITED,
  },
});
const log = new MemoryLog();
const server = await startServer(config, {
  log: createLogger({ level: "warn", stream: { write: (line) => void process.stderr.write(line) } }),
  openStore: () =>
    Promise.resolve({
      log,
      rooms: new MemoryRoomStore(),
      archive: new NoArchive(),
      audit: new MemoryAuditLog(),
      close: () => log.close(),
    }),
});
console.log(`listens on ${server.url}`);
process.once("SIGTERM", () => {
  void server.close().then(() => {
    rmSync(dir, { recursive: true, force: true });
    process.exit(0);
  });
});
