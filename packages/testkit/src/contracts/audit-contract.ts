import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AuditEvent, AuditLog } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { START_MS } from "./entries.ts";

export interface AuditUnderTest extends AsyncDisposable {
  readonly audit: AuditLog;
}

const ctx = background;

const mute = (room: string, target: string): AuditEvent => ({
  at: START_MS,
  actor: "moderator",
  action: "mute",
  room,
  target,
  detail: "60 s",
});

/** Registers the tests that every `AuditLog` passes; each gets an empty one of its own. */
export function auditContract(name: string, make: () => Promise<AuditUnderTest>): void {
  describe(`${name} as an audit log`, () => {
    it("[LG-27] lists a room's events, newest first, as they were recorded", async () => {
      await using made = await make();
      const { audit } = made;
      const close: AuditEvent = { at: START_MS, actor: "host", action: "close", room: "a" };
      for (const event of [mute("a", "u1"), mute("b", "u2"), mute("a", "u3"), close]) {
        await audit.record(event, ctx);
      }

      assert.deepEqual(await audit.list("a", 10, ctx), [close, mute("a", "u3"), mute("a", "u1")]);
      assert.deepEqual(await audit.list("a", 1, ctx), [close]);
      assert.deepEqual(await audit.list("none", 10, ctx), []);
    });
  });
}
