import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Channel, KernelError, scope, select, send } from "@barrage/kernel";
import { creationStacks } from "@barrage/kernel/diagnostics";

async function refusal(channel: Channel<number>): Promise<KernelError> {
  const error: unknown = await channel.send(1).catch((reason: unknown) => reason);
  assert.ok(error instanceof KernelError && error.code === "KERNEL_CHANNEL_CLOSED");
  return error;
}

/** Closes by `end`, in a task called `closer`, while all stacks are taken. */
async function closed(end: (channel: Channel<number>) => void): Promise<Channel<number>> {
  const channel = new Channel<number>(1, { name: "rows" });
  function endedHere(): void {
    end(channel);
  }
  creationStacks("full");
  await scope((s) => void s.spawn(endedHere, { name: "closer" }));
  creationStacks("sampled");
  return channel;
}

describe("a send on a closed channel", () => {
  for (const [how, end] of [
    ["close", (channel: Channel<number>) => channel.close()],
    ["disposal", (channel: Channel<number>) => channel[Symbol.dispose]()],
  ] as const) {
    it(`[KD-8] says who closed it and where, after a ${how}`, async () => {
      const { cause } = await refusal(await closed(end));

      assert.ok(cause instanceof Error);
      assert.equal(cause.message, "channel rows was closed by closer");
      assert.match(cause.stack ?? "", /endedHere \(.*closers\.test\.ts:\d+:\d+\)/);
      assert.doesNotMatch(cause.stack ?? "", /exchange\.ts/);
    });
  }

  it("[KD-8] blames the first close, and says so to a select too", async () => {
    const channel = await closed((each) => each.close());
    channel.close();
    channel[Symbol.dispose]();

    const error: unknown = await select({ put: send(channel, 1) }).catch((reason: unknown) => reason);

    assert.ok(error instanceof KernelError && error.cause instanceof Error);
    assert.match(error.cause.message, /by closer$/);
  });

  it("[KD-8] says where, also when the task that closed it cannot be known", async () => {
    const channel = new Channel<number>(1, { name: "rows" });
    creationStacks("full");
    channel.close();
    creationStacks("sampled");

    const { cause } = await refusal(channel);

    assert.ok(cause instanceof Error);
    assert.equal(cause.message, "channel rows was closed here");
  });

  it("[KD-8] knows nothing of it when not all stacks are taken", async () => {
    const channel = new Channel<number>();
    channel.close();

    assert.equal((await refusal(channel)).cause, undefined);
  });
});
