import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { background } from "@barrage/kernel";
import { Controller, joinRun } from "../../src/index.ts";
import { framed } from "../../src/workers/framing.ts";
import { WORKER_PROTOCOL } from "../../src/workers/messages.ts";

const HOST = "127.0.0.1";
const TOKEN = "a token of a run";

async function listening(refusals: string[], workers = 1): Promise<Controller> {
  return await Controller.listen(
    { host: HOST, port: 0, token: TOKEN, workers, onRefused: (reason) => refusals.push(reason) },
    background,
  );
}

/** A controller that says these messages to whoever comes. */
async function saying(t: TestContext, ...messages: readonly object[]): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    for (const message of messages) socket.write(framed(message));
  });
  await new Promise<void>((resolve) => void server.listen(0, HOST, resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => void server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

describe("a worker and a controller that do not know each other", () => {
  it("[LD-27] do not come together with another token; the controller waits on", async () => {
    const refusals: string[] = [];
    await using controller = await listening(refusals);

    await assert.rejects(
      joinRun({ host: HOST, port: controller.port, token: `${TOKEN}!` }, background),
      (error: Error) =>
        /token is another/.test(error.message) && "code" in error && error.code === "LOAD_JOIN_REFUSED",
    );
    await assert.rejects(controller.workers(1), { code: "LOAD_WORKERS_MISSING" });
    assert.equal(refusals.length, 1);
  });

  it("[LD-27] a worker works for no controller that cannot show the token", async (t) => {
    const challenge = { type: "challenge", protocol: WORKER_PROTOCOL, nonce: "n" };
    for (const messages of [
      [challenge, { type: "welcome", proof: "AAAA" }],
      [challenge, { type: "plan" }],
      [{ type: "welcome", proof: "AAAA" }],
      [{ type: "order", id: 1, order: { do: "connect" } }],
    ]) {
      const port = await saying(t, ...messages);

      await assert.rejects(joinRun({ host: HOST, port, token: TOKEN }, background), {
        code: "LOAD_JOIN_REFUSED",
      });
    }
  });

  it("[LD-27] a controller takes no worker of another version, and none that begins otherwise", async (t) => {
    const answer = { type: "answer", protocol: WORKER_PROTOCOL + 1, nonce: "n", proof: "p", name: "w" };
    const refusals: string[] = [];
    await using controller = await listening(refusals);
    for (const message of [answer, { type: "second" }]) {
      const socket = connect(controller.port, HOST);
      t.after(() => void socket.destroy());
      socket.on("error", () => {});
      const closed = new Promise((resolve) => void socket.once("close", resolve));
      socket.write(framed(message));
      socket.resume();
      await closed;
    }

    assert.match(refusals.join("\n"), /its protocol has number 2.*\n.*begins with another message/);
  });

  it("[LD-27] a controller takes no long message from a stranger", async (t) => {
    const port = await saying(t, { type: "challenge", text: "x".repeat(4_096) });

    await assert.rejects(joinRun({ host: HOST, port, token: TOKEN }, background), {
      code: "LOAD_JOIN_REFUSED",
    });
  });

  it("[LD-27] a token has 16 characters or more", async () => {
    for (const token of ["", "x".repeat(15)]) {
      await assert.rejects(joinRun({ host: HOST, port: 9, token }, background), { code: "LOAD_BAD_PLAN" });
      await assert.rejects(Controller.listen({ host: HOST, port: 0, token, workers: 1 }, background), {
        code: "LOAD_BAD_PLAN",
      });
    }
  });

  it("[LD-27] a worker says when nobody listens, a controller when it cannot", async () => {
    await using controller = await listening([]);
    const options = { host: HOST, port: controller.port, token: TOKEN, workers: 1 };

    await assert.rejects(Controller.listen(options, background), { code: "LOAD_CANNOT_LISTEN" });
    await controller[Symbol.asyncDispose]();
    await assert.rejects(joinRun(options, background), { code: "LOAD_UNREACHABLE" });
  });
});
