import assert from "node:assert/strict";
import { Channel, nextTurn, recv, scope, select, send, trySelect } from "@barrage/kernel";
import { from } from "../support/origin.ts";
import { endsAtOnce, settle, valueOf } from "../support/waiting.ts";

const selectGo = from("go test/chan/select.go");
const select4 = from("go test/chan/select4.go");
const select6 = from("go test/chan/select6.go");
const select7 = from("go test/chan/select7.go");
const select8 = from("go test/chan/select8.go");
const nonblock = from("go test/chan/nonblock.go");

selectGo(
  "cases switched off",
  "[KN-83] every value is evaluated once per select, also where the channel is off",
  () => {
    let evaluated = 0;
    let shift = 0;
    const value = (): number => {
      evaluated += 1;
      return 1 << shift;
    };
    const sendAll = (first: Channel<number> | null, second: Channel<number> | null): number => {
      let [a, b, sent] = [first, second, 0];
      for (;;) {
        const got = trySelect({ a: send(a, value()), b: send(b, value()) });
        if (got === undefined) return sent;
        sent += 1;
        shift += 1;
        if (got.case === "a") a = null;
        else b = null;
      }
    };
    const [a, b] = [new Channel<number>(1), new Channel<number>(1)];

    assert.equal(sendAll(a, b), 2);
    assert.equal(valueOf(a.tryReceive()) | valueOf(b.tryReceive()), 3);
    assert.equal(sendAll(a, null), 1);
    assert.equal(evaluated, 10);
  },
);

select4(
  "target of an unselected case",
  "[KN-80] where a value goes is evaluated for the chosen case only",
  async () => {
    const [ready, idle] = [new Channel<number>(1), new Channel<number>()];
    ready.trySend(42);
    const target = { a: 0 };
    const never = (): { a: number } => assert.fail("evaluated");

    const got = await select({ idle: recv(idle), ready: recv(ready) });
    (got.case === "idle" ? never() : target).a = valueOf(got.value);

    assert.equal(target.a, 42);
  },
);

select6("issue 2075", "[KN-82] a case that lost leaves those behind it in the line", async () => {
  const [c1, c2, c3] = [new Channel<boolean>(), new Channel<boolean>(), new Channel<boolean>()];
  await scope(async (s) => {
    s.spawn((ctx) => c1.receive(ctx));
    s.spawn(async (ctx) => {
      const got = await select({ c1: recv(c1), c2: recv(c2) }, ctx);
      assert.equal(got.case, "c2");
      await c3.send(true, ctx);
      await c1.receive(ctx);
    });
    s.spawn((ctx) => c2.send(true, ctx));
    await c3.receive();
    await c1.send(true);
    await c1.send(true);
  });
});

const receivers: Readonly<Record<string, (channel: Channel<number>) => Promise<unknown>>> = {
  recv1: (channel) => channel.receive(),
  recv2: (channel) => select({ get: recv(channel) }),
  recv3: (channel) => select({ get: recv(channel), other: recv(new Channel<number>()) }),
};

const senders: Readonly<Record<string, (channel: Channel<number>) => Promise<unknown>>> = {
  send1: (channel) => channel.send(1),
  send2: (channel) => select({ put: send(channel, 1) }),
  send3: (channel) => select({ put: send(channel, 1), other: send(new Channel<number>(), 1) }),
};

for (const [sending, put] of Object.entries(senders)) {
  for (const [receiving, take] of Object.entries(receivers)) {
    select7(
      `${sending} ${receiving}`,
      "[KN-80] a send meets a receive whose value nobody looks at",
      async () => {
        const channel = new Channel<number>();
        await scope(async (s) => {
          s.spawn(() => take(channel));
          await nextTurn();
          await endsAtOnce(() => put(channel));
        });
        assert.equal(channel.tryReceive(), undefined);
      },
    );
  }
}

/** Runs `body` while another task sends 5 for ever, as select8.go does. */
async function withSender(body: (channel: Channel<number>) => Promise<void>): Promise<void> {
  const channel = new Channel<number>();
  await scope(async (s) => {
    s.spawn(async (ctx) => {
      for (;;) await channel.send(5, ctx);
    });
    await settle();
    await body(channel);
    s.cancel();
  });
}

select8("one case", "[KN-80] a break leaves a switch over a select of one case", () =>
  withSender(async (channel) => {
    const got = await select({ get: recv(channel) });
    let after = false;
    switch (got.case) {
      case "get":
        if (got.value.value === 5) break;
        after = true;
    }
    assert.equal(after, false);
  }),
);

select8("default alone", "[KN-86] a break leaves a switch over a select with nothing ready", () => {
  let after = 0;
  switch (trySelect({})) {
    case undefined:
      if (after === 0) break;
      after += 1;
  }
  assert.equal(after, 0);
});

select8("one case and default", "[KN-86] with a sender waiting the receive is chosen, not the default", () =>
  withSender(async (channel) => {
    assert.deepEqual(trySelect({ get: recv(channel) }), { case: "get", value: { done: false, value: 5 } });
    await settle();
  }),
);

select8("two cases and default", "[KN-86] of a receive and a send the one that can go ahead is chosen", () =>
  withSender(async (channel) => {
    assert.equal(trySelect({ get: recv(channel), put: send(channel, 10) })?.case, "get");
    await settle();
  }),
);

const samples: Readonly<Record<string, readonly [unknown, unknown]>> = {
  int32: [123, 234],
  int64: [123_456n, 234_567n],
  bool: [true, false],
  string: ["hello", "hello again"],
};

for (const [type, [first, second]] of Object.entries(samples)) {
  for (const capacity of [0, 1]) {
    nonblock(
      `${type}, buffer ${capacity}`,
      "[KN-41] a try fails until a peer waits, and then moves the value",
      async () => {
        const channel = new Channel<unknown>(capacity);
        assert.equal(channel.tryReceive(), undefined);
        assert.equal(trySelect({ get: recv(channel) }), undefined);

        const received = channel.receive();
        assert.equal(channel.trySend(first), true);
        assert.equal(valueOf(await received), first);

        if (capacity === 1) assert.equal(channel.trySend(first), true);
        assert.equal(trySelect({ put: send(channel, second) }), undefined);
        assert.equal(channel.trySend(second), false);
        if (capacity === 1) assert.equal(valueOf(channel.tryReceive()), first);

        const sent = channel.send(second);
        assert.equal(valueOf(channel.tryReceive()), second);
        await sent;
      },
    );
  }
}
