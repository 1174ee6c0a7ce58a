/** The `barrage` command's entry; rules CL-1 and on in docs/spec/cli.md. */
import { enableCompileCache } from "node:module";

// Before anything large is loaded: a second start finds its modules compiled.
enableCompileCache();

const [{ run }, { stoppedBySignals }, { outliveReaders, processTerminal }] = await Promise.all([
  import("./program.ts"),
  import("./signals.ts"),
  import("./terminal.ts"),
]);

// Whoever reads our output may go away (`barrage export ... | head`): that is no failure of ours, but for a server no
// reason to end either.
const lasts = ["serve", "cluster"].includes(process.argv[2] ?? "");
if (lasts) outliveReaders();
else {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

using stopping = stoppedBySignals();
process.exitCode = await run(process.argv.slice(2), {
  terminal: processTerminal,
  env: process.env,
  ctx: stopping.ctx,
  hangups: stopping.hangups,
});
