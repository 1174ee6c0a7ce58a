import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type * as Disposal from "../../src/dispose.ts";
import type * as Turns from "../../src/time/turn.ts";

/** Runs with some globals replaced, as they are in a browser; undefined stands for absent. */
async function withGlobals<T>(replaced: Record<string, unknown>, body: () => Promise<T>): Promise<T> {
  const all = globalThis as Record<string, unknown>;
  const before = Object.keys(replaced).map((name) => [name, all[name]] as const);
  Object.assign(all, replaced);
  try {
    return await body();
  } finally {
    Object.assign(all, Object.fromEntries(before));
  }
}

/** A message channel that notes its use and, unlike Node's, does not keep the process alive. */
class NotingChannel {
  static messages = 0;
  private listener: (() => void) | undefined;
  private started = false;
  readonly port1 = {
    addEventListener: (_type: "message", listener: () => void) => void (this.listener = listener),
    start: () => void (this.started = true),
  };
  readonly port2 = {
    postMessage: () => {
      NotingChannel.messages += 1;
      assert.ok(this.started);
      // oxlint-disable-next-line barrage/timer-never-cleared -- stands in for a message that cannot be taken back
      setTimeout(() => this.listener?.(), 0);
    },
  };
}

describe("platforms", () => {
  it("[KN-70] yields through a message channel where there is no setImmediate", async () => {
    const globals = { setImmediate: undefined, MessageChannel: NotingChannel };
    await withGlobals(globals, async () => {
      const turns = (await import(`../../src/time/turn.ts?browser=${process.pid}`)) as typeof Turns;
      const order: unknown[] = [];
      await Promise.all(
        [turns.nextTurnWith(1), turns.nextTurnWith(2)].map((p) => p.then((n) => order.push(n))),
      );
      await turns.nextTurn();
      assert.deepEqual(order, [1, 2]);
    });

    assert.equal(NotingChannel.messages, 2);
  });

  it("[KN-70] yields through a timer where there is neither", async () => {
    await withGlobals({ setImmediate: undefined, MessageChannel: undefined }, async () => {
      const turns = (await import(`../../src/time/turn.ts?bare=${process.pid}`)) as typeof Turns;
      await turns.nextTurn();
    });
  });

  it("[KN-28] meets the symbols that compilers use where the platform has none", async () => {
    const none = { value: undefined };
    const bare: unknown = Object.create(Symbol, { dispose: none, asyncDispose: none });
    await withGlobals({ Symbol: bare }, async () => {
      const symbols = (await import(`../../src/dispose.ts?bare=${process.pid}`)) as typeof Disposal;
      assert.equal(symbols.dispose, Symbol.for("Symbol.dispose"));
      assert.equal(symbols.asyncDispose, Symbol.for("Symbol.asyncDispose"));
    });
  });
});
