import assert from "node:assert/strict";
import {
  background,
  type CancellableContext,
  DeadlineExceededError,
  isCancelled,
  rootContext,
} from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { from } from "../support/origin.ts";

const event = from("WPT dom/abort/event.any.js");
const any = from("WPT dom/abort/abort-signal-any-tests.js");

event("fire synchronously", "[KN-3] the abort event comes before cancel returns, once", () => {
  const ctx = background.cancellable();
  const seen: string[] = [];
  ctx.signal.addEventListener("abort", () => seen.push("aborted"));
  seen.push("begin");
  ctx.cancel();
  assert.deepEqual(seen, ["begin", "aborted"]);
  assert.equal(ctx.signal.aborted, true);
  ctx.cancel();
  assert.equal(seen.length, 2);
});

event("same object", "[KN-3] signal is the same object before and after", () => {
  const ctx = background.cancellable();
  const { signal } = ctx;
  assert.equal(ctx.signal, signal);
  ctx.cancel();
  assert.equal(ctx.signal, signal);
});

event("nothing the second time", "[KN-4] a second cancel fires nothing", () => {
  const ctx = background.cancellable();
  let events = 0;
  ctx.signal.addEventListener("abort", () => (events += 1));
  ctx.cancel();
  ctx.cancel();
  assert.deepEqual([events, ctx.signal.aborted], [1, true]);
});

event("listener added after abort", "[KN-3] a listener that comes after the cancel is not called", () => {
  const ctx = background.cancellable();
  ctx.cancel();
  ctx.signal.addEventListener("abort", () => assert.fail("called"));
});

event("event properties", "[KN-3] the event is the platform's own", () => {
  const ctx = background.cancellable();
  let seen: Event | undefined;
  ctx.signal.addEventListener("abort", (given) => (seen = given));
  ctx.cancel();
  assert.deepEqual([seen?.type, seen?.bubbles, seen?.isTrusted], ["abort", false, true]);
  assert.equal(seen?.target, ctx.signal);
});

event("already aborted", "[KN-3] a signal first read after the cancel is aborted", () => {
  const ctx = background.cancellable();
  ctx.cancel("reason string");
  assert.equal(ctx.signal.aborted, true);
  assert.equal((ctx.signal.reason as Error).cause, "reason string");
});

event("throwIfAborted", "[KN-3] throwIfAborted throws what throwIfCancelled does", () => {
  const ctx = background.cancellable();
  ctx.signal.throwIfAborted();
  ctx.cancel();
  assert.throws(
    () => ctx.signal.throwIfAborted(),
    (error) => error === ctx.signal.reason && isCancelled(error),
  );
});

any(
  "follows a single signal",
  "[KN-1, KN-3] a child's signal is its own and follows the parent, with its reason",
  () => {
    const parent = background.cancellable();
    const child = parent.cancellable();
    assert.notEqual(child.signal, parent.signal);
    assert.deepEqual([child.signal.aborted, child.signal.reason], [false, undefined]);
    let target: EventTarget | null = null;
    child.signal.addEventListener("abort", (given) => (target = given.target));
    parent.cancel("reason string");
    assert.equal(target, child.signal);
    assert.equal(child.signal.reason, parent.signal.reason);
  },
);

any(
  "returns an aborted signal",
  "[KN-3] a child of a cancelled context has an aborted signal with that reason",
  () => {
    const parent = background.cancellable();
    parent.cancel("reason 1");
    const child = parent.cancellable();
    child.cancel("reason 2");
    assert.equal(child.signal.aborted, true);
    assert.equal((child.signal.reason as Error).cause, "reason 1");
  },
);

any(
  "signals are composable",
  "[KN-1, KN-3] whichever of three layers is cancelled, the innermost fires once",
  () => {
    for (let index = 0; index < 3; index++) {
      const layers: CancellableContext[] = [background.cancellable()];
      for (let i = 1; i < 3; i++) layers.push((layers[i - 1] ?? assert.fail()).cancellable());
      let events = 0;
      layers[2]?.signal.addEventListener("abort", () => (events += 1));
      layers[index]?.cancel();
      layers[0]?.cancel();
      assert.equal(events, 1);
    }
  },
);

any("timeout", "[KN-3, KN-7] a passed deadline aborts the signal with the deadline's error", async () => {
  const clock = new FakeClock();
  const ctx = rootContext({ clock }).cancellable({ timeout: 5 }).cancellable();
  const { signal } = ctx;
  await clock.advance(4);
  assert.equal(signal.aborted, false);
  await clock.advance(1);
  assert.ok(signal.reason instanceof DeadlineExceededError);
});

any("intermediate signals", "[KN-3] a signal four layers down fires though nobody read those between", () => {
  const parent = background.cancellable();
  const deep = parent.cancellable().cancellable().cancellable().cancellable();
  let events = 0;
  deep.signal.addEventListener("abort", () => (events += 1));
  parent.cancel("the reason");
  assert.deepEqual([events, (deep.signal.reason as Error).cause], [1, "the reason"]);
});

any(
  "events fire in the right order",
  "[KN-2, KN-3] the source's event first, then the children in the order they were made",
  () => {
    const source = background.cancellable();
    const contexts = [source, ...Array.from({ length: 4 }, () => source.cancellable())];
    let order = "";
    for (const [index, ctx] of contexts.entries()) {
      ctx.signal.addEventListener("abort", () => {
        assert.ok(contexts.every((each) => each.cancelled));
        order += index;
      });
    }
    source.cancel();
    assert.equal(order, "01234");
  },
);

any(
  "aborted before any event",
  "[KN-2] in the first event every dependent signal that exists says aborted or its context does",
  () => {
    const source = background.cancellable();
    const [one, two] = [source.cancellable(), source.cancellable()];
    const states: boolean[] = [];
    source.signal.addEventListener("abort", () =>
      states.push(one.cancelled, two.cancelled, two.signal.aborted),
    );
    source.cancel();
    assert.deepEqual(states, [true, true, true]);
  },
);
