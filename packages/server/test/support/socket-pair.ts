import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";

/** Both ends of a connection on this machine, by TCP or by the Unix-domain socket at `path`; the far end does not read. */
export async function socketPair(t: TestContext, path?: string): Promise<{ near: Socket; far: Socket }> {
  const server = createServer();
  server.listen(path === undefined ? { port: 0, host: "127.0.0.1" } : { path });
  await once(server, "listening");
  const accepted = once(server, "connection");
  const address = server.address();
  const at =
    typeof address === "string" ? { path: address } : { port: address?.port ?? 0, host: "127.0.0.1" };
  const far = connect(at).pause();
  const [near] = (await accepted) as [Socket];
  for (const socket of [near, far]) socket.on("error", () => undefined);
  t.after(() => {
    for (const socket of [near, far]) socket.destroy();
    server.close();
  });
  return { near, far };
}
