import assert from "node:assert/strict";
import { type Case, Channel, recv, select, send, trySelect } from "@barrage/kernel";
import { from } from "../support/origin.ts";
import { valueOf } from "../support/waiting.ts";

const it = from("go test/chan/select5.go");

/** Which parts a generated select has: every combination of them is one. */
interface Mixture {
  readonly select: boolean;
  readonly default: boolean;
  readonly dummySend: boolean;
  readonly dummyReceive: boolean;
  readonly nilSend: boolean;
  readonly nilReceive: boolean;
  /** Where the case that is ready stands among the others. */
  readonly place: "first" | "last";
}

const flags = [false, true];

function* mixtures(): Generator<Mixture> {
  const rest = { dummySend: false, dummyReceive: false, nilSend: false, nilReceive: false };
  yield { select: false, default: false, place: "first", ...rest };
  for (const dummySend of flags) {
    for (const dummyReceive of flags) {
      for (const nilSend of flags) {
        for (const nilReceive of flags) {
          for (const place of ["first", "last"] as const) {
            for (const hasDefault of flags) {
              yield {
                select: true,
                default: hasDefault,
                dummySend,
                dummyReceive,
                nilSend,
                nilReceive,
                place,
              };
            }
          }
        }
      }
    }
  }
}

const dummy = new Channel<number>();

/** Notes in which order the parts of a select are evaluated. */
class Order {
  readonly seen: string[] = [];

  of<T>(part: string, value: T): T {
    this.seen.push(part);
    return value;
  }
}

/** The cases of a mixture around the one that counts, with the order in which their parts have to be evaluated. */
function cases(
  mixture: Mixture,
  order: Order,
  main: () => Case<unknown>,
): { cases: Record<string, Case<unknown>>; expected: string[] } {
  const parts: Array<readonly [string, readonly string[], () => Case<unknown>]> = [];
  if (mixture.dummySend) {
    const put = (): Case<void> => send(order.of("dummy<-", dummy), order.of("1", 1));
    parts.push(["dummySend", ["dummy<-", "1"], put]);
  }
  if (mixture.dummyReceive) parts.push(["dummyReceive", ["<-dummy"], () => recv(order.of("<-dummy", dummy))]);
  if (mixture.nilSend) {
    const put = (): Case<void> => send<number>(order.of("nil<-", null), order.of("2", 2));
    parts.push(["nilSend", ["nil<-", "2"], put]);
  }
  if (mixture.nilReceive) parts.push(["nilReceive", ["<-nil"], () => recv<number>(order.of("<-nil", null))]);
  const counts = ["main", ["main"], main] as const;
  if (mixture.place === "first") parts.unshift(counts);
  else parts.push(counts);
  return {
    cases: Object.fromEntries(parts.map(([name, , make]) => [name, make()])),
    expected: parts.flatMap(([, names]) => names),
  };
}

/** Carries out the mixture and proves that the case that counts was chosen, once, after all was evaluated once. */
async function run(mixture: Mixture, main: (order: Order) => Case<unknown>): Promise<unknown> {
  const order = new Order();
  const made = cases(mixture, order, () => main(order));
  const chosen = mixture.default ? trySelect(made.cases) : await select(made.cases);
  assert.equal(chosen?.case, "main");
  assert.deepEqual(order.seen, made.expected);
  return chosen?.value;
}

it("recv", "[KN-80] in every mixture a receive that is ready takes the value", async () => {
  const channel = new Channel<number>(1);
  let n = 0;
  for (const mixture of mixtures()) {
    await channel.send(n);
    const value = mixture.select
      ? await run(mixture, (order) => recv(order.of("main", channel)))
      : await channel.receive();
    assert.deepEqual(value, { done: false, value: n });
    n += 1;
  }
  assert.equal(n, 65);
});

it("send", "[KN-80] in every mixture a send that has room puts the value", async () => {
  const channel = new Channel<number>(1);
  let n = 0;
  for (const mixture of mixtures()) {
    const value = n;
    if (mixture.select) await run(mixture, (order) => send(order.of("main", channel), value));
    else await channel.send(value);
    assert.equal(valueOf(channel.tryReceive()), value);
    n += 1;
  }
  assert.equal(n, 65);
});

it(
  "recvOrder",
  "[KN-80] what a received value is stored in is evaluated after the receive, and for it alone",
  async () => {
    const channel = new Channel<number>(1);
    for (const mixture of mixtures()) {
      if (!mixture.select) continue;
      await channel.send(7);
      const stored = new Map<number, number>();
      const order = new Order();
      const made = cases(mixture, order, () => recv(order.of("main", channel)));
      const chosen = await select(made.cases);
      stored.set(order.of("key", 13), valueOf(chosen.value as IteratorResult<number, undefined>));
      assert.deepEqual(order.seen, [...made.expected, "key"]);
      assert.equal(stored.get(13), 7);
    }
  },
);

it(
  "sendOrder",
  "[KN-80] channel and value of every send are evaluated once, left to right, chosen or not",
  async () => {
    const channel = new Channel<number>(1);
    for (const mixture of mixtures()) {
      if (!mixture.select) continue;
      const order = new Order();
      const put = (): Case<void> => send(order.of("channel", channel), order.of("value", 9));
      const made = cases(mixture, order, put);
      const expected = made.expected.flatMap((part) => (part === "main" ? ["channel", "value"] : [part]));
      const chosen = await select(made.cases);
      assert.equal(chosen.case, "main");
      assert.deepEqual(order.seen, expected);
      assert.equal(valueOf(channel.tryReceive()), 9);
    }
  },
);

it("nonblock", "[KN-86] in every mixture without a ready case the default is taken and nothing moves", () => {
  const [empty, full] = [new Channel<number>(1), new Channel<number>(1)];
  full.trySend(1);
  for (const mixture of mixtures()) {
    if (!mixture.select) continue;
    for (const main of [() => recv(empty), () => send(full, 2)]) {
      const order = new Order();
      assert.equal(trySelect(cases(mixture, order, main).cases), undefined);
      assert.deepEqual([empty.length, full.length, dummy.length], [0, 1, 0]);
    }
  }
});
