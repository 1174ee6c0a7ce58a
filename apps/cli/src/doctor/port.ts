import { createServer } from "node:net";
import { bad, ok } from "./check.ts";
import type { Finding } from "./check.ts";

/** Could a server listen there now? */
export async function checkPort(host: string, port: number): Promise<Finding> {
  if (port === 0) return ok("port", "any free one");
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const probe = createServer();
  probe.once("error", (error: NodeJS.ErrnoException) => {
    resolve(bad("port", `${port} on ${host}: ${error.code ?? error.message}`, "choose another with --port"));
  });
  probe.listen(port, host, () => {
    probe.close(() => resolve(ok("port", `${port} on ${host} is free`)));
  });
  return promise;
}
