import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Channel, nextTurn, select, recv } from "@barrage/kernel";

/** Hand-offs made before the event loop got its turn, by a chain that never waits for anything but the channel. */
async function handoffsInOneTurn(step: (channel: Channel<number>) => Promise<unknown>): Promise<number> {
  const channel = new Channel<number>(1);
  await nextTurn();
  let turned = false;
  setImmediate(() => (turned = true));
  let count = 0;
  while (!turned && count < 1_000_000) {
    await step(channel);
    count += 1;
  }
  return count;
}

function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

describe("a turn", () => {
  it("[KN-70] ends after at most 1024 hand-offs of one task", async () => {
    const count = await handoffsInOneTurn(async (channel) => {
      await channel.send(1);
      await channel.receive();
    });

    assert.ok(count <= 513, `${count} rounds of two hand-offs`);
  });

  it("[KN-70] ends for a task that only fills a large buffer", async () => {
    const channel = new Channel<number>(100_000);

    const count = await handoffsInOneTurn(() => channel.send(1));

    assert.ok(count <= 1025, `${count} sends`);
  });

  it("[KN-70] ends for two tasks that play ping-pong without a buffer", async () => {
    const ping = new Channel<number>();
    const pong = new Channel<number>();
    let count = 0;
    const echo = (async () => {
      for await (const n of ping) await pong.send(n);
    })();
    await nextTurn();
    let turned = false;
    setImmediate(() => (turned = true));

    while (!turned && count < 1_000_000) {
      await ping.send(count++);
      await pong.receive();
    }

    ping.close();
    await echo;
    assert.ok(count <= 1024, `${count} rounds`);
  });

  it("[KN-70] ends for a chain of selects", async () => {
    const count = await handoffsInOneTurn(async (channel) => {
      channel.trySend(1);
      await select({ value: recv(channel) });
    });

    assert.ok(count <= 1025, `${count} selects`);
  });

  it("[KN-70] ends after 5 ms of slow hand-offs", async () => {
    const count = await handoffsInOneTurn(async (channel) => {
      channel.trySend(1);
      spin(1.5);
      await channel.receive();
    });

    assert.ok(count <= 8, `${count} hand-offs of 1.5 ms`);
  });

  it("[KN-70] lets a timer fire during a million hand-offs", async () => {
    const channel = new Channel<number>();
    let fired = false;
    // oxlint-disable-next-line barrage/timer-never-cleared -- one shot of 1 ms, which the test waits for
    setTimeout(() => (fired = true), 1);
    const producer = (async () => {
      while (!fired) await channel.send(1);
      channel.close();
    })();

    let received = 0;
    for await (const n of channel) {
      received += n;
      assert.ok(received < 1_000_000);
    }

    await producer;
    assert.equal(fired, true);
  });
});
