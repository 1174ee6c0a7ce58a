import assert from "node:assert/strict";
import { Channel, recv, select, send, trySelect } from "@barrage/kernel";
import { from } from "../support/origin.ts";
import { CLOSED, END, endsAtOnce } from "../support/waiting.ts";

const it = from("go test/closedchan.go");

type Taken = IteratorResult<number, undefined>;

/** The same operations, phrased three ways. */
interface Means {
  readonly name: string;
  receive(channel: Channel<number>): Promise<Taken>;
  tryReceive(channel: Channel<number>): Taken | undefined;
  send(channel: Channel<number>, value: number): Promise<unknown>;
  trySend(channel: Channel<number>, value: number): unknown;
}

const idle = new Channel<number>();

const direct: Means = {
  name: "direct",
  receive: (channel) => channel.receive(),
  tryReceive: (channel) => channel.tryReceive(),
  send: (channel, value) => channel.send(value),
  trySend: (channel, value) => channel.trySend(value),
};

const inSelect: Means = {
  name: "select",
  receive: (channel) => select({ get: recv(channel) }).then((got) => got.value),
  tryReceive: (channel) => trySelect({ get: recv(channel) })?.value,
  send: (channel, value) => select({ put: send(channel, value) }),
  trySend: (channel, value) => trySelect({ put: send(channel, value) }),
};

const inWideSelect: Means = {
  name: "wide select",
  async receive(channel) {
    const got = await select({ idle: recv(idle), get: recv(channel) });
    assert.equal(got.case, "get");
    return got.value;
  },
  tryReceive: (channel) => trySelect({ idle: recv(idle), get: recv(channel) })?.value,
  send: (channel, value) => select({ put: send(channel, value), idle: recv(idle) }),
  trySend: (channel, value) => trySelect({ idle: recv(idle), put: send(channel, value) }),
};

function closedWith(...values: number[]): Channel<number> {
  const channel = new Channel<number>(values.length);
  for (const value of values) channel.trySend(value);
  channel.close();
  return channel;
}

/** What a closed and empty channel does, three times over. */
async function isAtItsEnd(channel: Channel<number>, by: Means): Promise<void> {
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await endsAtOnce(() => by.receive(channel)), END);
    assert.deepEqual(by.tryReceive(channel), END);
  }
  assert.throws(() => by.trySend(channel, 1), CLOSED);
  assert.deepEqual(await endsAtOnce(() => by.receive(channel)), END);
  await assert.rejects(by.send(channel, 2), CLOSED);
  assert.deepEqual(await endsAtOnce(() => by.receive(channel)), END);
}

for (const by of [direct, inSelect, inWideSelect]) {
  it(`unbuffered, ${by.name}`, "[KN-42] a closed channel gives the end and refuses values", () =>
    isAtItsEnd(closedWith(), by),
  );

  it(`buffered, recv, ${by.name}`, "[KN-42] what was sent before the close comes first", async () => {
    const channel = closedWith(1);
    assert.equal((await by.receive(channel)).value, 1);
    await isAtItsEnd(channel, by);
  });

  it(`buffered, recv2, ${by.name}`, "[KN-42] what was sent before the close is no end", async () => {
    const channel = closedWith(1);
    assert.equal((await by.receive(channel)).done, false);
    await isAtItsEnd(channel, by);
  });

  it(`buffered, nbrecv, ${by.name}`, "[KN-42] what was sent before can be had without waiting", async () => {
    const channel = closedWith(1);
    assert.equal(by.tryReceive(channel)?.value, 1);
    await isAtItsEnd(channel, by);
  });

  it(
    `buffered, nbrecv2, ${by.name}`,
    "[KN-42] what was sent before, without waiting, is no end",
    async () => {
      const channel = closedWith(1);
      assert.equal(by.tryReceive(channel)?.done, false);
      await isAtItsEnd(channel, by);
    },
  );
}

it("double close", "[KN-43] closing twice is once, where Go panics", () => {
  const channel = closedWith();
  channel.close();
  assert.equal(channel.closed, true);
});
