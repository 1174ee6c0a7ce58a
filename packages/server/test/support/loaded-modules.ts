/** Starts and ends an embedded server on the data folder that is named, and prints the address of every module that was loaded. */
import { registerHooks } from "node:module";

const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});

const { createLogger, resolveConfig, startServer } = await import("@barrage/server");
const flags = { "store.dir": process.argv[2] ?? "", "server.port": "0", "server.shutdown-spread-ms": "0" };
const server = await startServer(resolveConfig({ flags }).config, { log: createLogger({ level: "silent" }) });
await server.close();
process.stdout.write(loaded.map((url) => `${url}\n`).join(""));
