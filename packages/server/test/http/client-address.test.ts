import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { clientAddress } from "../../src/http/client-address.ts";

const UPGRADE = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/** A request to upgrade, and the client's end of its connection. */
async function upgrade(t: TestContext): Promise<{ request: IncomingMessage; client: Socket }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.write(UPGRADE);
  const [request] = (await once(server, "upgrade")) as [IncomingMessage];
  request.socket.on("error", () => {});
  t.after(() => {
    client.destroy();
    request.socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { request, client };
}

describe("a client's address", () => {
  it("is that of its socket", async (t) => {
    const { request } = await upgrade(t);

    assert.equal(clientAddress([])(request), "127.0.0.1");
  });

  it("is nobody's when the client has reset its connection: no address is known any more, and nothing fails", async (t) => {
    const { request, client } = await upgrade(t);
    const closed = new Promise((resolve) => request.socket.once("close", resolve));

    client.resetAndDestroy();
    await closed;

    assert.equal(clientAddress([])(request), "gone");
  });
});
