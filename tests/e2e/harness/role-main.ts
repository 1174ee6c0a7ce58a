/**
 * One role of a server as a process of its own: `role-main.ts owner|worker <JSON>`. Prints `up <url>` when it serves;
 * ends in good order at SIGTERM.
 */
import { createLogger, resolveConfig, startGatewayWorker, startOwner } from "@barrage/server";

/** What the process is told to be. */
export interface RoleSpec {
  readonly flags: Readonly<Record<string, string>>;
  readonly socketPath: string;
  readonly worker?: { readonly id: string; readonly generation: number };
  /** 0: any. */
  readonly port?: number;
}

const spec = JSON.parse(process.argv[2] ?? "{}") as RoleSpec;
const { config } = resolveConfig({ flags: spec.flags });
const log = createLogger({ level: "warn" });
const { socketPath, worker, port = 0 } = spec;
const role =
  worker === undefined
    ? await startOwner(config, { socketPath, log })
    : await startGatewayWorker(config, {
        socketPath,
        worker,
        listen: { host: "127.0.0.1", port, reusePort: true },
        log,
      });
process.once("SIGTERM", () => {
  role.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.stdout.write(`up ${"url" in role ? role.url : role.socketPath}\n`);
