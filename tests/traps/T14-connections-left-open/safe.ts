import { once } from "node:events";
import { connect } from "node:net";
import { scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";
import { withEchoServer } from "./echo-server.ts";

/** The scope owns the socket: however the call ends, the socket ends with it. */
const ask = (port: number): Promise<string> =>
  scope(
    async (s) => {
      const socket = connect(port, "127.0.0.1");
      s.defer(async () => {
        socket.destroy();
        if (!socket.closed) await once(socket, "close");
      });
      socket.write("?");
      await once(socket, "data");
      throw new Error("not the answer we wanted");
    },
    { name: "ask", timeout: 5_000 },
  );

export const run = (): Promise<Measured> => withEchoServer((port) => ask(port).catch(() => "none"));
