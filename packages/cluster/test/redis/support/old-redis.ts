import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { once } from "node:events";

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** A server that says what a Redis Cluster of one node says, and that it is of this version. */
export async function redisOfVersion(version: string): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      for (const command of commandsOf(data.toString())) socket.write(answer(command));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };

  function answer(command: string): string {
    if (command.startsWith("cluster slots"))
      return `*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n${bulk("127.0.0.1")}:${port}\r\n${bulk("a".repeat(40))}`;
    if (command.startsWith("cluster info")) return bulk("cluster_state:ok\r\n");
    if (command.startsWith("info")) return bulk(`redis_version:${version}\r\n`);
    if (command.startsWith("hello")) return "-ERR unknown command 'HELLO'\r\n";
    return "+OK\r\n";
  }

  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Commands as the client writes them: arrays of bulk strings, each write whole. */
const commandsOf = (text: string): readonly string[] =>
  text
    .split(/\*\d+\r\n/)
    .filter((part) => part !== "")
    .map((part) =>
      part
        .split("\r\n")
        .filter((_, i) => i % 2 === 1)
        .join(" ")
        .toLowerCase(),
    );
