import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";

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

/** A port of this host that nobody listens on now. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  const port = await listening(server, 0, { host, reusePort: false });
  await closed(server);
  return port;
}
