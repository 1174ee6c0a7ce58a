import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { listen } from "../roles/listen.ts";

function listening(
  server: Server,
  port: number,
  options: { host: string; reusePort: boolean },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, exclusive: true, ...options }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/** Does the kernel let two listeners have one port? Tried, because neither Node nor the system's name tells. */
export async function probeReusePort(): Promise<boolean> {
  const options = { host: "127.0.0.1", reusePort: true };
  const [one, other] = [createServer(), createServer()];
  try {
    const port = await listening(one, 0, options);
    await listening(other, port, options);
    return true;
  } catch {
    // Either no such option here, or it does not do what its name says.
    return false;
  } finally {
    for (const server of [one, other]) if (server.listening) await closed(server);
  }
}

/**
 * The port, once it is sure that nobody listens on it now; for 0 a free one. Asked before workers listen: one whose port
 * the kernel shares would not notice that another program has it.
 *
 * Errors     those of listening.
 */
export async function vacantPort(host: string, port: number): Promise<number> {
  const server = createHttpServer();
  const address = await listen(server, { host, port, reusePort: false });
  await closed(server);
  return address.port;
}
