import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, Channel, go, key, nextTurn, scope } from "@barrage/kernel";
import { assertNoLeaks, profile, TasksLeakedError } from "@barrage/kernel/diagnostics";
import { current } from "@barrage/kernel-node/ambient";

const USER = key<string>("user");

describe("current", () => {
  it("[KD-70] is the task's own context, after await and in code called without one", async () => {
    const deep = async (): Promise<string | undefined> => {
      await nextTurn();
      return current().value(USER);
    };
    const of = (name: string): PromiseLike<string[]> =>
      scope(
        (s) =>
          s.spawn(async (ctx) => {
            const same = current() === ctx;
            await nextTurn();
            return [String(same), String(current() === ctx), (await deep()) ?? ""];
          }),
        { parent: background.with(USER, name) },
      );

    const [one, two] = await Promise.all([of("one"), of("two")]);

    assert.deepEqual(
      [one, two],
      [
        ["true", "true", "one"],
        ["true", "true", "two"],
      ],
    );
    assert.equal(current(), background);
  });

  it("[KD-71] lets waits without a context show up after await", async () => {
    const bare = new Channel<void>(0, { name: "bare" });
    await scope(async (s) => {
      s.spawn(
        async () => {
          await nextTurn();
          await bare.receive();
        },
        { name: "waits late" },
      );
      await nextTurn();
      await nextTurn();
      const group = profile().find(({ labels }) => labels["task"] === "waits late");
      bare.close();
      assert.equal(group?.waiting, "receive bare");
    });
  });

  it("[KD-71] blames the right one of many bodies, whatever they start tasks with", async () => {
    const never = new Channel<void>();
    const blamed = await Promise.all(
      [...Array(10).keys()].map((n) =>
        assertNoLeaks(
          async () => {
            await nextTurn();
            go((): Promise<unknown> => (n === 3 ? never.receive() : nextTurn()), { name: `task of ${n}` });
            await nextTurn();
          },
          { grace: 20 },
        ).then(
          () => "",
          (error: unknown) =>
            error instanceof TasksLeakedError ? (error.groups[0]?.labels["task"] ?? "") : "other",
        ),
      ),
    );

    never.close();
    assert.deepEqual(blamed, ["", "", "", "task of 3", "", "", "", "", "", ""]);
  });
});
