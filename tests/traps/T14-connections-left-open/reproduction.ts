import { connect, type Socket } from "node:net";
import type { Measured } from "../trap.ts";
import { withEchoServer } from "./echo-server.ts";

/** Asks a neighbour; gives up on an answer it does not like, and forgets the socket. */
function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, "127.0.0.1"); // guilty
    socket.once("data", () => reject(new Error("not the answer we wanted")));
    socket.once("close", () => resolve(""));
    socket.write("?");
  });
}

export const run = (): Promise<Measured> => withEchoServer((port) => ask(port).catch(() => "none"));
