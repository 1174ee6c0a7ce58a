import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readmeExample } from "@barrage/testkit";

// #region example
import { KafkaLog, type LogStores } from "@barrage/cluster";
import type { Context } from "@barrage/kernel";

/** What a router process does: works on each partition of the log for as long as the group gives it to this process. */
export async function follow(brokers: string[], stores: LogStores, ctx: Context): Promise<void> {
  const log = await KafkaLog.open({ brokers, partitions: 12, group: "router", stores }, ctx);
  await log.consume(
    { group: "router", instanceId: "router-1" },
    async ({ index, committed, commit }, own) => {
      for await (const records of log.partition(index).follow(committed, own)) {
        // ... window write and publish, and only then:
        await commit(records.at(-1)?.seq ?? committed, own);
      }
    },
    ctx,
  );
}
// #endregion

describe("README", () => {
  it("shows the example that is compiled here", () => {
    const { shown, compiled } = readmeExample(import.meta.filename);

    assert.equal(shown, compiled);
  });
});
