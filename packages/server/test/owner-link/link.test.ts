import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { background, isCancelled, rootContext, Scope } from "@barrage/kernel";
import { BarrageError, isProtocolError, protocolError } from "@barrage/protocol";
import { FakeClock } from "@barrage/testkit";
import type { Serve } from "../../src/owner-link/calls.ts";
import { decodeFrame, encodeFrame } from "../../src/owner-link/codec.ts";
import type { Frame, Frames } from "../../src/owner-link/codec.ts";
import { FrameCutter } from "../../src/owner-link/frame-cutter.ts";
import { LINK_VERSION } from "../../src/owner-link/frames.ts";
import { errorFromLink, errorToLink } from "../../src/owner-link/error-on-link.ts";
import { LinkSocket } from "../../src/owner-link/link-socket.ts";
import { OwnerLink } from "../../src/owner-link/owner-link.ts";
import type { OwnerLinkHandlers } from "../../src/owner-link/owner-link.ts";
import { PendingCalls } from "../../src/owner-link/pending-calls.ts";
import { ServedCalls } from "../../src/owner-link/served-calls.ts";
import { serverError } from "../../src/errors.ts";
import { socketPair } from "../support/socket-pair.ts";
import { temporaryDir } from "../support/test-server.ts";

const coded = (code: string) => (error: unknown) => BarrageError.is(error) && error.code === code;

const ignored: OwnerLinkHandlers = {
  ready: () => undefined,
  lost: () => undefined,
  batch: () => undefined,
  viewers: () => undefined,
  status: () => undefined,
  refused: () => undefined,
};

describe("errors over the link", () => {
  const across = (error: unknown): BarrageError =>
    errorFromLink(JSON.parse(JSON.stringify(errorToLink(error))) as ReturnType<typeof errorToLink>);

  it("[WK-5] a coded error keeps code, fields, sentence and table row", () => {
    const slow = protocolError("BARRAGE_SLOW_MODE", { seconds: 3, retryAfterMs: 2_100 });
    const own = serverError("SERVER_SOCKET_TAKEN", { path: "/x" });

    for (const error of [slow, own]) {
      const { code, fields, message, spec } = across(error);
      assert.deepEqual(
        { code, fields, message, spec },
        {
          code: error.code,
          fields: error.fields,
          message: error.message,
          spec: error.spec,
        },
      );
    }
    assert.equal(isProtocolError(across(slow)), true);
  });

  it("[WK-5] anything else is BARRAGE_INTERNAL without a word of what it was", () => {
    const text = JSON.stringify(errorToLink(new Error("the password is 1234")));

    assert.equal(across(new Error("x")).code, "BARRAGE_INTERNAL");
    assert.equal(text.includes("1234"), false);
  });
});

describe("calls that wait", () => {
  it("[WK-6] are bounded in number: n-1 and n wait, n+1 is refused", () => {
    const pending = new PendingCalls({ maxCalls: 2, maxBytes: 1_000 });
    void pending.add(1, 10);
    void pending.add(2, 10);

    assert.throws(() => pending.add(3, 10), coded("BARRAGE_OVERLOADED"));
    pending.succeed({ id: 1 });
    void pending.add(4, 10);
    assert.equal(pending.size, 2);
  });

  it("[WK-6] are bounded in bytes: up to the limit they wait, one byte more is refused", async () => {
    const pending = new PendingCalls({ maxCalls: 100, maxBytes: 100 });
    const first = pending.add(1, 99);

    assert.throws(() => pending.add(2, 2), coded("BARRAGE_OVERLOADED"));
    void pending.add(3, 1);
    pending.succeed({ id: 1, value: "done" });
    assert.equal(await first, "done");
    void pending.add(4, 99);
    assert.throws(() => pending.add(5, 1), coded("BARRAGE_OVERLOADED"));
  });

  it("[WK-16] fail as writes of unknown outcome when their link ends", async () => {
    const pending = new PendingCalls({ maxCalls: 10, maxBytes: 100 });
    const call = pending.add(1, 10);

    pending.dropAll(() => protocolError("BARRAGE_LOG_UNAVAILABLE"));

    await assert.rejects(call, coded("BARRAGE_LOG_UNAVAILABLE"));
    assert.equal(pending.size, 0);
  });
});

describe("one end of a link", () => {
  it("[WK-8] is cut once the other end lets more than the limit wait", async (t) => {
    const { near } = await socketPair(t, join(temporaryDir(t), "pair.sock"));
    const ended = Promise.withResolvers<Error | undefined>();
    const limit = 300_000;
    const link = new LinkSocket(near, limit, { frame: () => undefined, ended: ended.resolve });
    const frame = encodeFrame("leave", { room: "x".repeat(10_000) });
    let most = 0;

    while (!near.destroyed) {
      link.write(frame);
      most = Math.max(most, link.unsentBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }

    assert.match(String((await ended.promise)?.message), /does not read/);
    assert.equal(most <= limit + frame.length, true, `${most} bytes waited`);
  });

  it("[WK-2] is cut by bytes that are no frame, and says so", async (t) => {
    const { near, far } = await socketPair(t, join(temporaryDir(t), "pair.sock"));
    const ended = Promise.withResolvers<Error | undefined>();
    const link = new LinkSocket(near, 1_000, { frame: () => undefined, ended: ended.resolve });
    assert.equal(link.unsentBytes, 0);

    far.write("GET / HTTP/1.1\r\n\r\n");

    assert.equal(coded("SERVER_LINK_BAD_BYTES")(await ended.promise), true);
  });

  it("[WK-9] sends what is written in one turn in one piece", async (t) => {
    const { near, far } = await socketPair(t, join(temporaryDir(t), "pair.sock"));
    const link = new LinkSocket(near, 1_000_000, { frame: () => undefined, ended: () => undefined });
    const pieces: number[] = [];
    far.on("data", (chunk: Buffer) => pieces.push(chunk.length));
    const frame = encodeFrame("leave", { room: "r" });

    for (let i = 0; i < 10; i += 1) link.write(frame);
    link.end();
    await once(far.resume(), "close");

    assert.deepEqual(pieces, [10 * frame.length]);
  });
});

describe("calls at the owner", () => {
  it("[WK-7] are cancelled when their time is over, and not before", async () => {
    const clock = new FakeClock();
    await using scope = new Scope(rootContext({ clock }), { name: "test", onError: "report" });
    const answers: Frame[] = [];
    const wait: Serve = async (_, ctx) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      using _cancel = ctx.onCancel(() => resolve());
      await promise;
      ctx.throwIfCancelled();
    };
    const calls = new ServedCalls(
      new Map([["wait", wait]]),
      scope,
      (frame) => void answers.push(decodeFrame(frame.subarray(4))),
      () => undefined,
    );
    calls.begin({ id: 1, name: "wait", args: [], timeoutMs: 100 });
    calls.begin({ id: 2, name: "wait", args: [] });

    await clock.advance(99);
    calls.cancelOverdue(clock.now());
    await clock.advance(0);
    assert.equal(calls.size, 2);
    await clock.advance(1);
    calls.cancelOverdue(clock.now());
    await clock.advance(0);

    assert.deepEqual(
      answers.map(({ body }) => body),
      [{ id: 1, error: errorToLink(protocolError("BARRAGE_LOG_UNAVAILABLE")) }],
    );
    assert.equal(calls.size, 1);
    calls.cancelAll();
  });
});

/** The owner's end of a link, as a test wants it. */
async function rawOwner(t: TestContext) {
  const path = join(temporaryDir(t), "raw.sock");
  const frames: Frame[] = [];
  const sockets: Socket[] = [];
  let wake = (): void => undefined;
  const server = createServer((socket) => {
    const cutter = new FrameCutter();
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      for (const frame of cutter.push(chunk)) {
        if (frame.kind === "hello") socket.write(encodeFrame("welcome", { version: LINK_VERSION }));
        frames.push(frame);
      }
      wake();
    });
  });
  server.listen(path);
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const next = async (kind: Frame["kind"], number = 1): Promise<Frame> => {
    for (;;) {
      const found = frames.filter((frame) => frame.kind === kind)[number - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const cut = (): void => {
    sockets.at(-1)?.destroy();
  };
  return {
    path,
    next,
    cut,
    answer: (id: number) => sockets.at(-1)?.write(encodeFrame("result", { id, value: id })),
  };
}

describe("a worker's link", () => {
  async function linked(t: TestContext) {
    const owner = await rawOwner(t);
    const link = new OwnerLink({
      path: owner.path,
      worker: { id: "1", generation: 1 },
      handlers: ignored,
      random: () => 0,
    });
    const scope = new Scope(undefined, { name: "test", onError: "report" });
    scope.spawn((ctx) => link.run(ctx), { name: "link" });
    t.after(() => scope[Symbol.asyncDispose]());
    await link.arrive(60_000, background);
    return { owner, link };
  }

  it("[WK-7] tells the owner how long an answer is of use, and when it no longer is", async (t) => {
    const { owner, link } = await linked(t);
    const ctx = background.cancellable({ timeout: 60_000 });

    const refused = assert.rejects(link.ask("rooms.list", [], ctx), (error) => isCancelled(error));
    const call = await owner.next("call");
    ctx.cancel();
    const cancel = await owner.next("cancel");

    await refused;
    const { id, timeoutMs = 0 } = call.body as Frames["call"];
    assert.equal(timeoutMs > 0 && timeoutMs <= 60_000, true);
    assert.deepEqual(cancel.body, { id });
    assert.equal(link.waiting, 0);
  });

  it("[WK-16] does not know what became of a call whose answer was lost", async (t) => {
    const { owner, link } = await linked(t);

    const asked = link.ask("publisher.danmaku", [], background);
    await owner.next("call");
    owner.cut();

    await assert.rejects(asked, coded("BARRAGE_LOG_UNAVAILABLE"));
  });

  it("[WK-17] asks once more for what may be asked twice", async (t) => {
    const { owner, link } = await linked(t);

    const asked = link.askPatiently("window.read", ["r", 0, 50], { waitMs: 60_000 }, background);
    await owner.next("call");
    owner.cut();
    const again = await owner.next("call", 2);
    const { id } = again.body as Frames["call"];
    owner.answer(id);

    assert.equal(await asked, id);
  });
});

describe("a worker without an owner", () => {
  it("[WK-16] calls are refused at once, with a moment to come back at", async () => {
    const link = new OwnerLink({
      path: "/nowhere",
      worker: { id: "1", generation: 1 },
      handlers: ignored,
      random: () => 0.5,
    });
    const ctx = rootContext({ clock: new FakeClock() });

    const refused = link.ask("publisher.danmaku", [], ctx);

    await assert.rejects(
      refused,
      (error) =>
        coded("BARRAGE_UNAVAILABLE")(error) && (error as BarrageError).fields["retryAfterMs"] === 1_500,
    );
  });

  it("[WK-17] who may wait is refused after its time, and not before", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const link = new OwnerLink({
      path: "/nowhere",
      worker: { id: "1", generation: 1 },
      handlers: ignored,
      random: () => 0.5,
    });
    let refusal: unknown;
    const asked = link.askPatiently("gateway.requireRoom", ["r"], { waitMs: 5_000 }, ctx).catch((error) => {
      refusal = error;
    });

    await clock.advance(4_999);
    assert.equal(refusal, undefined);
    await clock.advance(1);
    await asked;
    assert.equal(coded("BARRAGE_UNAVAILABLE")(refusal), true);
  });

  it("[WK-19] tries again after delays that grow to a second, at random moments", async (t) => {
    const clock = new FakeClock();
    await using scope = new Scope(rootContext({ clock }), { name: "test", onError: "report" });
    const path = join(temporaryDir(t), "nobody.sock");
    // Full jitter with the largest chance: each delay is as long as it can be.
    const random = (): number => 0.999_999;
    const link = new OwnerLink({ path, worker: { id: "1", generation: 1 }, handlers: ignored, random });
    scope.spawn((ctx) => link.run(ctx), { name: "link" });

    const delays: number[] = [];
    while (delays.length < 9) {
      // The only timer there can be is the wait for the next try.
      while (clock.nextTimer === undefined) await new Promise((resolve) => setImmediate(resolve));
      delays.push(Math.round(clock.nextTimer - clock.now()));
      await clock.advance(clock.nextTimer - clock.now());
    }

    assert.deepEqual(delays, [20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000]);
  });
});
