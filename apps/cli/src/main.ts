/** The `barrage` command's entry; rules CL-1 and on in docs/spec/cli.md. */
import { run } from "./program.ts";
import { stoppedBySignals } from "./signals.ts";
import { processTerminal } from "./terminal.ts";

// Whoever reads our output may go away (`barrage export ... | head`): that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

using stopping = stoppedBySignals();
process.exitCode = await run(process.argv.slice(2), {
  terminal: processTerminal,
  env: process.env,
  ctx: stopping.ctx,
});
