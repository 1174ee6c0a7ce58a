import assert from "node:assert/strict";
import { Channel, recv, select, send, trySelect } from "@barrage/kernel";
import { from } from "../support/origin.ts";
import { CLOSED, END, endsAtOnce, waitsForEver } from "../support/waiting.ts";

const it = from("go test/chan/select3.go");

// A nil channel exists in a select only; there it is null.
const nil: Channel<number> | null = null;

function closed(): Channel<number> {
  const channel = new Channel<number>();
  channel.close();
  return channel;
}

function holding(value: number): Channel<number> {
  const channel = new Channel<number>(1);
  channel.trySend(value);
  return channel;
}

it("01 send to nil", "[KN-83] a send to no channel waits for ever", () =>
  waitsForEver((ctx) => select({ put: send(nil, 7) }, ctx)),
);

it("02 receive from nil", "[KN-83] a receive from no channel waits for ever", () =>
  waitsForEver((ctx) => select({ get: recv(nil) }, ctx)),
);

it("03 send to nil with default", "[KN-83] a send to no channel is not chosen", () => {
  assert.equal(trySelect({ put: send(nil, 7) }), undefined);
});

it("04 receive from nil with default", "[KN-83] a receive from no channel is not chosen", () => {
  assert.equal(trySelect({ get: recv(nil) }), undefined);
});

it("05 send with room", "[KN-41] a send with room in the buffer does not wait", async () => {
  await endsAtOnce((ctx) => new Channel<number>(1).send(7, ctx));
});

it(
  "06 receive from closed",
  "[KN-42] a receive from a closed channel gives the end, ten times over",
  async () => {
    const channel = closed();
    for (let i = 0; i < 10; i++) {
      assert.deepEqual(await endsAtOnce((ctx) => channel.receive(ctx)), END);
      assert.deepEqual(channel.tryReceive(), END);
    }
  },
);

it("07 send to closed", "[KN-43] a send to a closed channel fails", async () => {
  await assert.rejects(
    endsAtOnce((ctx) => closed().send(7, ctx)),
    CLOSED,
  );
  assert.throws(() => closed().trySend(7), CLOSED);
});

it("08 receive from empty", "[KN-41] a receive that nobody sends to waits for ever", () =>
  waitsForEver((ctx) => new Channel<number>().receive(ctx)),
);

it("09 empty select", "[KN-80] a select of nothing waits for ever", () =>
  waitsForEver((ctx) => select({}, ctx)),
);

it("10 select of nil receive", "[KN-83] a select that only receives from no channel waits for ever", () =>
  waitsForEver((ctx) => select({ get: recv(nil) }, ctx)),
);

it("11 select of nil send", "[KN-83] a select that only sends to no channel waits for ever", () =>
  waitsForEver((ctx) => select({ put: send(nil, 7) }, ctx)),
);

it("12 select of both nil", "[KN-83] a select of both without a channel waits for ever", () =>
  waitsForEver((ctx) => select({ get: recv(nil), put: send(nil, 7) }, ctx)),
);

it("13 select of one not ready", "[KN-80] a select whose channel is not ready waits for ever", () =>
  waitsForEver((ctx) => select({ get: recv(new Channel<number>()) }, ctx)),
);

it("14 default alone", "[KN-86] a select of nothing but a default does not wait", () => {
  assert.equal(trySelect({}), undefined);
});

it("15 nil receive, default", "[KN-86] with a default a receive from no channel does not wait", () => {
  assert.equal(trySelect({ get: recv<number>(undefined) }), undefined);
});

it("16 nil send, default", "[KN-86] with a default a send to no channel does not wait", () => {
  assert.equal(trySelect({ put: send<number>(undefined, 7) }), undefined);
});

it("17 send ready, default", "[KN-86] a send with room is chosen before the default", () => {
  assert.equal(trySelect({ put: send(new Channel<number>(1), 7) })?.case, "put");
});

it("18 receive ready, default", "[KN-86] a receive with a value is chosen before the default", () => {
  assert.deepEqual(trySelect({ get: recv(holding(7)) }), { case: "get", value: { done: false, value: 7 } });
});

it("19 closed, value unused", "[KN-85] a select on a closed channel does not wait", async () => {
  assert.equal((await endsAtOnce((ctx) => select({ get: recv(closed()) }, ctx))).case, "get");
});

it("20 closed, value", "[KN-85] a select on a closed channel has no value", async () => {
  const got = await endsAtOnce((ctx) => select({ get: recv(closed()) }, ctx));
  assert.equal(got.value.value, undefined);
});

it("21 closed, value and ok", "[KN-85] a select on a closed channel tells of the end", async () => {
  const got = await endsAtOnce((ctx) => select({ get: recv(closed()) }, ctx));
  assert.equal(got.value.done, true);
});

it("22 send to closed in select", "[KN-85] a select that sends to a closed channel fails", async () => {
  await assert.rejects(
    endsAtOnce((ctx) => select({ put: send(closed(), 7) }, ctx)),
    CLOSED,
  );
});

it("23 both ends of one channel", "[KN-87] a select that sends to itself waits for ever", () => {
  const channel = new Channel<number>();
  return waitsForEver((ctx) => select({ put: send(channel, 1), get: recv(channel) }, ctx));
});
