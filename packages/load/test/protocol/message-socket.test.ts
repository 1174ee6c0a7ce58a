import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { protocolNamed } from "../../src/index.ts";
import type { Publisher, PublishOutcome } from "../../src/index.ts";

/** A plain JSON server that leaves every answer to the test. */
async function silent(t: TestContext) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    for (const client of server.clients) client.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  const joined = (): Promise<WebSocket> => new Promise((resolve) => void server.once("connection", resolve));
  return { joined, target: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } };
}

const publish = (publisher: Publisher): Promise<PublishOutcome> =>
  new Promise((resolve) => publisher.publish({ room: "a", token: undefined, content: "x" }, resolve));

const heard = (server: WebSocket): Promise<{ readonly id: number }> =>
  new Promise((resolve) =>
    server.once("message", (data: Buffer) => resolve(JSON.parse(data.toString()) as { id: number })),
  );

const LOST = { kind: "refused", code: "CONNECTION_LOST" };

describe("publishing over a message WebSocket", () => {
  it("[LD-34] gives each publish its own outcome, once", async (t) => {
    const { joined, target } = await silent(t);
    const arriving = joined();
    const publisher = protocolNamed("plain-json").publisher(target, 1);
    t.after(() => publisher.close());
    const [server] = await Promise.all([arriving, publisher.opened]);
    const first = publish(publisher);
    const { id } = await heard(server);
    const second = publish(publisher);
    await heard(server);
    assert.equal(publisher.waiting, 2);

    server.send(JSON.stringify({ type: "error", id: id + 1, code: "TOO_FAST" }));
    server.send(JSON.stringify({ type: "ack", id, seq: 7 }));
    server.send(JSON.stringify({ type: "ack", id, seq: 8 }));

    assert.deepEqual(await first, { kind: "acked", seq: 7 });
    assert.deepEqual(await second, { kind: "refused", code: "TOO_FAST" });
    assert.equal(publisher.waiting, 0);
  });

  it("[LD-34] refuses what was under way when the connection went, and makes it again for later ones", async (t) => {
    const { joined, target } = await silent(t);
    const arriving = joined();
    const publisher = protocolNamed("plain-json").publisher(target, 1);
    t.after(() => publisher.close());
    const [server] = await Promise.all([arriving, publisher.opened]);
    const lost = publish(publisher);
    await heard(server);
    const again = joined();

    server.terminate();

    assert.deepEqual(await lost, LOST);
    // Nothing to send it over: a publish that nobody could answer would never have an outcome.
    assert.deepEqual(await publish(publisher), LOST);
    const next = await again;
    await publisher.opened;
    const later = publish(publisher);
    const { id } = await heard(next);
    next.send(JSON.stringify({ type: "ack", id }));
    assert.deepEqual(await later, { kind: "acked", seq: undefined });
  });
});
