import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onTaskFailure, rootContext, Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { SharedLoads } from "../../src/cache/shared-loads.ts";
import { KeyedAppend } from "../../src/kafka/keyed-append.ts";
import { MemoryKeys } from "./support/memory-stores.ts";

const LEASE_MS = 9_000;
const key = { scope: "a\nu1", id: "m1", bodyHash: "hash" };

describe("an append under a key that somebody began before", () => {
  it("[KL-40] keeps the first id also when it is refused unstored", async () => {
    await using scope = new Scope(rootContext({}), { name: "log" });
    const keys = new MemoryKeys();
    const keyed = new KeyedAppend(keys, LEASE_MS, new SharedLoads("keyed append", scope));
    await keys.claim(key, "first", 0, scope.context);
    const overloaded = () => Promise.reject(protocolError("BARRAGE_OVERLOADED"));

    await assert.rejects(keyed.run(key, "second", overloaded, scope.context), { code: "BARRAGE_OVERLOADED" });

    const store = (id: string) => Promise.resolve({ status: "appended", id, seq: 7 } as const);
    const { id } = await keyed.run(key, "third", store, scope.context);
    assert.equal(id, "first");
  });
});

describe("an append under a key while the log is away", () => {
  it("[KL-50] is told to who waits, and to nobody once all have hung up", async () => {
    const reported: unknown[] = [];
    using _ = onTaskFailure(({ error }) => reported.push(error));
    const scope = new Scope(rootContext({}), { name: "log", onError: "report" });
    const keyed = new KeyedAppend(new MemoryKeys(), LEASE_MS, new SharedLoads("keyed append", scope));
    const begun = Promise.withResolvers<void>();
    const away = Promise.withResolvers<never>();
    const store = (_id: string, _own: Context): Promise<never> => {
      begun.resolve();
      return away.promise;
    };
    const caller = new Scope(rootContext({}), { name: "caller" });
    const hungUp = assert.rejects(keyed.run(key, "d1", store, caller.context));
    await begun.promise;
    caller.cancel();
    await hungUp;
    away.reject(protocolError("BARRAGE_LOG_UNAVAILABLE"));

    await assert.rejects(
      keyed.run(
        { ...key, id: "m2" },
        "d2",
        () => Promise.reject(protocolError("BARRAGE_LOG_UNAVAILABLE")),
        scope.context,
      ),
      { code: "BARRAGE_LOG_UNAVAILABLE" },
    );
    await scope[Symbol.asyncDispose]();
    await caller[Symbol.asyncDispose]();
    assert.deepEqual(reported, []);
  });
});
