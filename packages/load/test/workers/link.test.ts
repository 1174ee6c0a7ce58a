import assert from "node:assert/strict";
import { createServer } from "node:net";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { framed } from "../../src/workers/framing.ts";
import { Link, SILENCE_MS } from "../../src/workers/link.ts";

interface Message {
  readonly type: string;
}

/** A link with a clock that stands still, and the bare socket at its other end. */
async function linked(t: TestContext) {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const accepted = new Promise<Socket>((resolve) => void server.once("connection", resolve));
  const other = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const clock = new FakeClock();
  const link = new Link<Message, Message>(await accepted, rootContext({ clock }), { isStranger: false });
  t.after(async () => {
    await link[Symbol.asyncDispose]();
    other.destroy();
    await new Promise((resolve) => void server.close(resolve));
  });
  const [heard, ends]: [string[], string[]] = [[], []];
  let next = Promise.withResolvers<void>();
  const events = {
    message: ({ type }: Message): void => {
      heard.push(type);
      next.resolve();
      next = Promise.withResolvers();
    },
    ended: (reason: string): void => {
      ends.push(reason);
      next.resolve();
    },
  };
  return { link, other, clock, heard, ends, events, next: () => next.promise };
}

describe("the way between controller and worker", () => {
  it("[LD-29] ends when the other side has said nothing for 10 s, and not before", async (t) => {
    const { link, other, clock, events, ends, next } = await linked(t);
    link.listen(events);
    await clock.advance(SILENCE_MS / 2);
    const heard = next();
    other.write(framed({ type: "hello" }));
    await heard;

    for (let second = 0; second < SILENCE_MS / 1_000; second += 1) await clock.advance(1_000);
    assert.deepEqual(ends, []);
    await clock.advance(1_000);

    assert.deepEqual(ends, ["it said nothing for 10 s"]);
  });

  it("[LD-29] ends once when the other side goes, also for who listens later", async (t) => {
    const { link, other, events, ends, next } = await linked(t);
    const ended = next();
    link.listen(events);
    other.destroy();
    await ended;

    link.listen(events);

    assert.deepEqual(
      ends,
      Array.from({ length: 2 }, () => "the connection is closed"),
    );
  });

  it("[LD-26] keeps what came while nobody listened for who listens next", async (t) => {
    const { link, other, events, heard, next } = await linked(t);
    const first = next();
    link.listen({
      ...events,
      message: (message) => {
        link.hold();
        events.message(message);
      },
    });
    other.write(Buffer.concat(["a", "b", "c"].map((type) => framed({ type }))));
    await first;
    assert.deepEqual(heard, ["a"]);

    link.listen(events);

    assert.deepEqual(heard, ["a", "b", "c"]);
  });

  it("[LD-26] says each second that it lives", async (t) => {
    const { link, other, clock, events } = await linked(t);
    link.listen(events);
    const said = new Promise<Buffer>((resolve) => void other.once("data", resolve));

    await clock.advance(1_000);

    assert.deepEqual(await said, framed({ type: "beat" }));
  });
});
