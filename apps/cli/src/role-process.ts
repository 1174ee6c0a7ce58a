/**
 * A role of a cluster, as the process that `barrage serve --role` keeps up: it loads all that the role needs, and begins
 * when it is told to; at once, or when the one before it has died.
 */
import { flushCompileCache } from "node:module";
import { background } from "@barrage/kernel";
import { KeptRole, processPort } from "@barrage/server/light";
import { EXIT } from "./failure.ts";

// A terminal and a service manager signal the whole group: what that means here, the supervisor says.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const ctx = background.cancellable({ name: "role" });
const wanted = Promise.withResolvers<number>();
const kept = new KeptRole(processPort(process), {
  begin: (restarts) => wanted.resolve(restarts),
  drain() {
    ctx.cancel();
    wanted.resolve(0);
  },
  // As by SIGKILL: who starts the role again finds its name and port free, and clients are promised as much.
  orphaned: () => process.exit(EXIT.FAILED),
});

const [{ run }, { processTerminal }, { loadClusterCode }] = await Promise.all([
  import("./program.ts"),
  import("./terminal.ts"),
  import("@barrage/server"),
  import("./commands/serve.ts"),
  import("./serve/serving.ts"),
]);
await loadClusterCode();
// Now, because one that is killed has no later: the next one finds its modules compiled.
flushCompileCache();
kept.loaded();

const restarts = await wanted.promise;
if (ctx.cancelled) process.exit(EXIT.STOPPED);
const code = await run(process.argv.slice(2), {
  terminal: processTerminal,
  env: process.env,
  ctx,
  supervised: { restarts, serves: () => kept.serves() },
});
process.exit(code);
