import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PatientAudit } from "@barrage/engine";
import type { AuditEvent, AuditLog } from "@barrage/engine";
import { rootContext, Scope } from "@barrage/kernel";
import { FakeClock, MemoryAuditLog } from "@barrage/testkit";

const noteOf = (at: number): AuditEvent => ({ at, actor: "m", action: "mute", room: "r", target: "u" });

/** An audit log that fails, or does not answer, while a test wants it to. */
class Shaky implements AuditLog {
  readonly inner = new MemoryAuditLog();
  mode: "well" | "away" | "hung" = "well";

  record(event: AuditEvent): Promise<void> {
    if (this.mode === "hung") return new Promise(() => undefined);
    return this.mode === "well" ? this.inner.record(event) : Promise.reject(new Error("away"));
  }

  list(room: string, limit: number): Promise<readonly AuditEvent[]> {
    return this.inner.list(room, limit);
  }
}

function patient() {
  const clock = new FakeClock();
  const ctx = rootContext({ clock });
  const scope = new Scope(ctx, { name: "test" });
  const shaky = new Shaky();
  const told: unknown[] = [];
  const audit = new PatientAudit({ inner: shaky, scope, onAway: (error) => told.push(error) });
  const times = async () => (await audit.list("r", 10_000, ctx)).map(({ at }) => at).sort((a, b) => a - b);
  return { clock, ctx, scope, shaky, told, audit, times };
}

describe("an audit log that may be away", () => {
  it("[RM-17] notes at once what it can", async () => {
    const { audit, ctx, scope, times, told } = patient();
    await audit.record(noteOf(1), ctx);

    assert.deepEqual(await times(), [1]);
    assert.deepEqual(told, []);
    assert.equal(await audit.close(ctx), 0);
    await scope[Symbol.asyncDispose]();
  });

  it("[RM-17] notes later what it could not, and says once that it is away", async () => {
    const { audit, clock, ctx, scope, shaky, told, times } = patient();
    shaky.mode = "away";
    await audit.record(noteOf(1), ctx);
    await audit.record(noteOf(2), ctx);
    await clock.advance(3_000);
    assert.deepEqual(await times(), []);

    shaky.mode = "well";
    await clock.advance(1_000);
    assert.deepEqual(await times(), [1, 2]);
    assert.equal(told.length, 1);
    await audit.record(noteOf(3), ctx);
    assert.deepEqual(await times(), [1, 2, 3]);
    await scope[Symbol.asyncDispose]();
  });

  it("[RM-17] waits half a second for one that hangs, and keeps the note of who hung up meanwhile", async () => {
    const { audit, clock, ctx, scope, shaky, times } = patient();
    shaky.mode = "hung";
    const asked = ctx.cancellable({ name: "request" });
    const first = audit.record(noteOf(1), asked);
    asked.cancel();
    await first;
    const second = audit.record(noteOf(2), ctx);
    let isDone = false;
    void second.then(() => (isDone = true));
    await clock.advance(499);
    assert.equal(isDone, false);
    await clock.advance(1);
    await second;
    using soon = ctx.cancellable({ timeout: 100, name: "end" });
    const left = audit.close(soon);
    await clock.advance(100);

    assert.equal(await left, 2);
    assert.deepEqual(await times(), []);
    await scope[Symbol.asyncDispose]();
  });

  it("[RM-17] refuses when 4,096 wait", async () => {
    const { audit, clock, ctx, scope, shaky, times } = patient();
    shaky.mode = "away";
    // One is in the writer's hands.
    for (let at = 0; at < 4_097; at += 1) await audit.record(noteOf(at), ctx);
    await assert.rejects(audit.record(noteOf(9_999), ctx), { code: "BARRAGE_UNAVAILABLE" });

    shaky.mode = "well";
    const closed = audit.close(ctx);
    await clock.advance(1_000);
    assert.equal(await closed, 0);
    assert.equal((await times()).length, 4_097);
    await scope[Symbol.asyncDispose]();
  });
});
