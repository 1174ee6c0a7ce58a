/** One process of `barrage serve --workers`, started by that command: the owner or a gateway worker. */
import { enableCompileCache } from "node:module";

enableCompileCache();

const [{ runProcess }, { logTo }, { outliveReaders }] = await Promise.all([
  import("@barrage/server"),
  import("./serve/logging.ts"),
  import("./terminal.ts"),
]);

outliveReaders();

// A terminal and a service manager signal the whole group: what that means for each process, their supervisor says.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const form = process.argv[2] === "human" ? "human" : "json";
process.exit(await runProcess(process, (level) => logTo(form, level)));
