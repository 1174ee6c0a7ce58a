/**
 * A role of a cluster, as the process that `barrage serve --role` keeps up: it loads all that the role needs, and begins
 * when it is told to; at once, or when the one before it has died.
 */
import { flushCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { background } from "@barrage/kernel";
import { KeptRole, processPort } from "@barrage/server/light";
import { EXIT } from "./failure.ts";
import { sayLast } from "./last-words.ts";

/** What loading left behind: it would be collected in the middle of the start, and is kept for as long as nobody needs us. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

// A terminal and a service manager signal the whole group: what that means here, the supervisor says.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const ctx = background.cancellable({ name: "role" });
let isWanted = false;
const kept = new KeptRole(processPort(process), {
  drain() {
    if (!isWanted) process.exit(EXIT.STOPPED);
    ctx.cancel();
  },
  // As by SIGKILL: who starts the role again finds its name and port free, and clients are promised as much.
  orphaned() {
    sayLast(`process ${process.pid} ends at once: its supervisor is no more`);
    process.exit(EXIT.FAILED);
  },
});

const [{ run }, { outliveReaders, processTerminal }] = await Promise.all([
  import("./program.ts"),
  import("./terminal.ts"),
]);
outliveReaders();
const code = await run(process.argv.slice(2), {
  terminal: processTerminal,
  env: process.env,
  ctx,
  supervised: {
    async wanted({ prepare, rehearse }) {
      const rehearseAll: typeof rehearse = async (prepared, own) => {
        await rehearse(prepared, own);
        // Now, because one that is killed has no later: the next one finds its modules compiled.
        flushCompileCache();
        collectGarbage();
      };
      const wanted = await kept.wanted({ prepare, rehearse: rehearseAll }, ctx);
      isWanted = true;
      return wanted;
    },
    serves: () => kept.serves(),
  },
});
process.exit(code);
