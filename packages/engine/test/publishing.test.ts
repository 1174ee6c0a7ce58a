import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { protocolError } from "@barrage/protocol";
import { FakeClock } from "@barrage/testkit";
import {
  FakeSocket,
  caller,
  carry,
  coded,
  join,
  liveEngine,
  makePorts,
  publish,
  said,
  settings,
  user,
} from "./support/live-engine.ts";
import type { LiveEngine } from "./support/live-engine.ts";

const say = (live: LiveEngine, body: ReturnType<typeof said>, uid = "u1") =>
  carry(live, live.engine.publisher.danmaku(caller(uid), "r", body, live.ctx), 0);
const limits = (part: Partial<(typeof settings)["limits"]>) => ({
  settings: { limits: { ...settings.limits, ...part } },
});
const paid = { amount_micros: 1_000_000, currency: "CNY" };

describe("publishing", () => {
  it("[PB-1] a log that fails is answered retryable, and nothing is shown", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const live = await liveEngine({ clock, ports });
    const { socket } = join(live, "r");
    await live.settle(50);
    ports.log.append = () => Promise.reject(protocolError("BARRAGE_LOG_UNAVAILABLE"));

    await assert.rejects(say(live, said("lost?")), (error) => {
      assert.ok(coded("BARRAGE_LOG_UNAVAILABLE")(error));
      return (error as { spec: { retryable: boolean } }).spec.retryable;
    });

    assert.deepEqual(socket.texts, []);
    await live.stop();
  });

  it("[PB-2] a retry gets the first answer and appends nothing; another user's same id is another danmaku", async () => {
    const live = await liveEngine();
    const first = await say(live, said("hello", "m1"));
    const head = live.ports.log.stats.head;

    assert.deepEqual(await say(live, said("hello", "m1")), first);
    assert.equal(live.ports.log.stats.head, head);
    assert.notDeepEqual(await say(live, said("hello", "m1"), "u2"), first);
    await live.stop();
  });

  it("[PB-2] the retry of a held one is held, and after its approval has its seq", async () => {
    const live = await liveEngine();
    await publish(live, "r", "opens the room");
    live.engine.setWords(() => ({ verdict: "hold", content: "", matched: [] }));
    const first = await say(live, said("hello", "m1"));

    assert.deepEqual(await say(live, said("hello", "m1")), first);
    const approved = await carry(
      live,
      live.engine.commands.approve(user("m", "moderator"), "r", first.id, live.ctx),
    );
    assert.deepEqual(await say(live, said("hello", "m1")), approved);
    await live.stop();
  });

  it("[PB-3] the same id with another body is refused", async () => {
    const live = await liveEngine();
    await say(live, said("hello", "m1"));

    await assert.rejects(say(live, said("other", "m1")), coded("BARRAGE_IDEMPOTENCY_CONFLICT"));
    await live.stop();
  });

  it("[PB-4] a retry is answered like the first try though it would be refused now", async () => {
    const live = await liveEngine(limits({ user: { perSecond: 0.001, burst: 1 } }));
    const first = await say(live, said("hello", "m1"));
    const commands = live.engine.commands;
    const moderator = user("m", "moderator");

    assert.deepEqual(await say(live, said("hello", "m1")), first);
    await carry(live, commands.setSlowMode(moderator, "r", 3_600, live.ctx));
    await carry(live, commands.mute(moderator, "r", { uid: "u1", seconds: null }, live.ctx));
    live.engine.setWords(() => ({ verdict: "reject", content: "", matched: [] }));
    assert.deepEqual(await say(live, said("hello", "m1")), first);
    await assert.rejects(say(live, said("new", "m2")), coded("BARRAGE_MUTED"));
    await live.stop();
  });

  for (const scope of ["user", "room", "address"] as const) {
    it(`[PB-5] the bucket of one ${scope}: burst at once, then per second, and a refusal says when`, async () => {
      const live = await liveEngine(limits({ [scope]: { perSecond: 2, burst: 3 } }));
      await carry(live, live.engine.commands.create(user("h", "host"), { id: "r" }, live.ctx));

      for (let i = 0; i < 3; i++) await say(live, said(String(i)));
      await assert.rejects(say(live, said("over")), (error) => {
        assert.ok(coded("BARRAGE_RATE_LIMITED")(error));
        assert.deepEqual((error as { fields: unknown }).fields, { scope, retryAfterMs: 500 });
        return true;
      });
      await live.settle(499);
      await assert.rejects(say(live, said("still")), coded("BARRAGE_RATE_LIMITED"));
      await live.settle(1);
      await say(live, said("again"));
      await live.stop();
    });
  }

  it("[PB-5] a service is not limited: it stands for many users", async () => {
    const live = await liveEngine(
      limits({ user: { perSecond: 1, burst: 1 }, address: { perSecond: 1, burst: 1 } }),
    );
    for (let i = 0; i < 5; i++) {
      await carry(live, live.engine.publisher.danmaku(caller("s", "service"), "r", said("x"), live.ctx), 0);
    }
    await live.stop();
  });

  it("[PB-6] slow mode: viewers wait, moderators do not, and what was not stored does not count", async () => {
    const live = await liveEngine();
    await publish(live, "r", "opens");
    await carry(live, live.engine.commands.setSlowMode(user("m", "moderator"), "r", 10, live.ctx));
    const { append } = live.ports.log;
    live.ports.log.append = () => Promise.reject(protocolError("BARRAGE_LOG_UNAVAILABLE"));
    await assert.rejects(say(live, said("fails")), coded("BARRAGE_LOG_UNAVAILABLE"));
    live.ports.log.append = append.bind(live.ports.log);

    await say(live, said("one"));
    await assert.rejects(say(live, said("two")), coded("BARRAGE_SLOW_MODE"));
    await live.settle(9_999);
    await assert.rejects(say(live, said("two")), coded("BARRAGE_SLOW_MODE"));
    await live.settle(1);
    await say(live, said("two"));
    for (let i = 0; i < 3; i++) {
      await carry(live, live.engine.publisher.danmaku(caller("m", "moderator"), "r", said("x"), live.ctx), 0);
    }
    await live.stop();
  });

  it("[PB-7] paid records and speaking for others are a service's", async () => {
    const live = await liveEngine();
    const { publisher } = live.engine;
    const { socket } = join(live, "r");
    await live.settle();
    const gift = { gift_id: "g", gift_name: "Rocket", count: 1, ...paid };
    const superchat = { content: "hi", pin_ms: 1_000, ...paid };
    const author = { uid: "u7", name: "Seven" };

    for (const role of ["viewer", "moderator", "host"] as const) {
      const who = caller("x", role);
      assert.throws(() => void publisher.gift(who, "r", gift, live.ctx), coded("BARRAGE_FORBIDDEN"));
      assert.throws(
        () => void publisher.superchat(who, "r", superchat, live.ctx),
        coded("BARRAGE_FORBIDDEN"),
      );
      await assert.rejects(
        publisher.danmaku(who, "r", { ...said("x"), author }, live.ctx),
        coded("BARRAGE_FORBIDDEN"),
      );
    }
    await carry(live, publisher.gift(caller("s", "service"), "r", { ...gift, author }, live.ctx));

    const item = socket.of("batch").at(-1)?.items.at(-1);
    assert.equal(item?.kind, "gift");
    assert.deepEqual(item.author, { ...author, role: "viewer" });
    await live.stop();
  });

  it("[PB-8] masked text is published masked, rejected text refused, and moderators are not filtered", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    live.engine.setWords((content) => ({
      verdict: content.includes("no") ? "reject" : "mask",
      content: content.replace("bad", "***"),
      matched: ["bad"],
    }));

    await publish(live, "r", "a bad word");
    await assert.rejects(publish(live, "r", "no"), coded("BARRAGE_REJECTED"));
    await carry(live, live.engine.publisher.danmaku(caller("m", "moderator"), "r", said("no bad"), live.ctx));

    assert.deepEqual(socket.texts, ["a *** word", "no bad"]);
    await live.stop();
  });

  it("[PB-9] a frame is acked with its own id; without a token, or beyond 32 at once, it is refused with it", async () => {
    const live = await liveEngine();
    const anonymous = join(live, "r");
    const { connection, socket } = join(live, "r", { uid: "u1" });
    await live.settle();
    const frame = (id: string) => ({ type: "danmu", publish: said("x", id) }) as const;

    anonymous.connection.receive(frame("a"));
    for (let i = 0; i < 33; i++) connection.receive(frame(`m${String(i)}`));
    await live.settle(50);

    assert.equal(anonymous.socket.of("error")[0]?.code, "BARRAGE_TOKEN_MISSING");
    assert.equal(anonymous.socket.of("error")[0]?.client_msg_id, "a");
    assert.equal(socket.of("ack").length, 32);
    assert.equal(socket.of("ack")[0]?.client_msg_id, "m0");
    assert.deepEqual(
      socket.of("error").map(({ code, client_msg_id }) => [code, client_msg_id]),
      [["BARRAGE_RATE_LIMITED", "m32"]],
    );
    await live.stop();
  });

  it("[PB-10] [DL-27] an import is archived once with n 0 and not shown live", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    const rows = ["old one", "old two"].map((content, i) => ({
      room: "r",
      entry: {
        kind: "danmaku",
        id: `row${String(i)}`,
        at: 1_000 + i,
        author: user("f"),
        ...said(content),
      } as const,
      key: { scope: "import r", id: `row${String(i)}`, bodyHash: "" },
    }));
    const run = (role: "viewer" | "service") =>
      carry(live, live.engine.publisher.import(caller("s", role), "r", rows, live.ctx));

    await assert.rejects(run("viewer"), coded("BARRAGE_FORBIDDEN"));
    assert.equal(await run("service"), 2);
    assert.equal(await run("service"), 0);
    await publish(live, "r", "live");

    assert.deepEqual(socket.texts, ["live"]);
    const {
      page: { items },
    } = await live.engine.rooms.history({ room: "r", after: 0, limit: 100 }, live.ctx);
    assert.deepEqual(
      items.flatMap((item) => (item.kind === "danmaku" ? [[item.content, item.n]] : [])),
      [
        ["old one", 0],
        ["old two", 0],
        ["live", 2],
      ],
    );
    await live.stop();
  });
});

describe("faults on the way", () => {
  it("[DL-20] a lost batch is noticed and filled from the window", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const { publish: publishFeed } = ports.feed;
    let losing = false;
    ports.feed.publish = (batch, ctx) => (losing ? Promise.resolve() : publishFeed(batch, ctx));
    const live = await liveEngine({ clock, ports });
    const { socket } = join(live, "r");
    await live.settle();
    await publish(live, "r", "one");
    losing = true;
    await publish(live, "r", "lost");
    losing = false;
    await publish(live, "r", "two");

    assert.deepEqual(socket.texts, ["one", "lost", "two"]);
    assert.equal(live.events.filter(({ type }) => type === "feed_gap").length, 1);
    assert.equal(live.events.filter(({ type }) => type === "room_queue_full").length, 0);
    await live.stop();
  });

  it("[DL-20] what the window no longer has is told", async () => {
    const clock = new FakeClock();
    const window = { ...settings.window, maxItems: 2 };
    const ports = makePorts(clock, window);
    const { publish: publishFeed } = ports.feed;
    let losing = false;
    ports.feed.publish = (batch, ctx) => (losing ? Promise.resolve() : publishFeed(batch, ctx));
    const live = await liveEngine({ clock, ports, settings: { window } });
    const { socket } = join(live, "r");
    await live.settle();
    await publish(live, "r", "one");
    losing = true;
    for (const text of ["lost1", "lost2", "lost3"]) await publish(live, "r", text);
    losing = false;
    await publish(live, "r", "two");

    assert.deepEqual(socket.texts, ["one", "lost3", "two"]);
    assert.equal(socket.of("gap")[0]?.reason, "expired");
    await live.stop();
  });

  it("[DL-21] a window that lost its writes is filled from the archive, and nobody misses anything", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const live = await liveEngine({ clock, ports });
    const { socket } = join(live, "r");
    await live.settle();
    await publish(live, "r", "one");
    await publish(live, "r", "two");
    await ports.window.open("r", { seq: 0, n: 0 }, [], live.ctx);

    await publish(live, "r", "three");
    const late = new FakeSocket();
    join(live, "r", { socket: late });
    await live.settle();

    assert.deepEqual(socket.texts, ["one", "two", "three"]);
    const items = late.of("snapshot")[0]?.items ?? [];
    assert.deepEqual(
      items.flatMap((item) => (item.kind === "danmaku" ? [item.content] : [])),
      ["one", "two", "three"],
    );
    await live.stop();
  });

  it("[DL-28] history has what was published just before, though the archive gathers", async () => {
    const live = await liveEngine();
    for (const text of ["a", "b", "c"]) {
      await publish(live, "r", text, 1);
      const {
        page: { items },
      } = await live.engine.rooms.history({ room: "r", after: 0, limit: 10 }, live.ctx);
      const last = items.at(-1);
      assert.equal(last?.kind === "danmaku" ? last.content : undefined, text);
    }
    await live.stop();
  });

  it("[DL-35] history is answered with what is there while the archive fails, and says so", async () => {
    const live = await liveEngine();
    const { archive } = live.ports;
    const write = archive.write.bind(archive);
    await publish(live, "r", "archived", 200);
    archive.write = () => Promise.reject(new Error("disk full"));
    const query = { room: "r", after: 0, limit: 10 };
    const contents = async (): Promise<readonly [readonly string[], boolean]> => {
      const { page, isComplete } = await carry(live, live.engine.rooms.history(query, live.ctx), 0);
      return [page.items.flatMap((item) => (item.kind === "danmaku" ? [item.content] : [])), isComplete];
    };

    await publish(live, "r", "not archived", 0);
    const whenItFails = await contents();
    const whileItFails = await contents();
    archive.write = write;
    await live.settle(2_000);

    assert.deepEqual(whenItFails, [["archived"], false]);
    assert.deepEqual(whileItFails, [["archived"], false]);
    assert.deepEqual(await contents(), [["archived", "not archived"], true]);
    await live.stop();
  });

  it("[DL-23] while the archive fails, viewers see what is said; it is archived in order once it can be", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const { archive } = ports;
    const write = archive.write.bind(archive);
    const live = await liveEngine({ clock, ports });
    const { socket } = join(live, "r");
    await live.settle();
    archive.write = () => Promise.reject(new Error("disk"));
    for (const text of ["a", "b", "c"]) await publish(live, "r", text);
    await live.settle(100);
    archive.write = write;
    await live.settle(2_000);

    assert.deepEqual(socket.texts, ["a", "b", "c"]);
    assert.ok(live.events.some(({ type }) => type === "archive_failed"));
    const {
      page: { items },
    } = await live.engine.rooms.history({ room: "r", after: 0, limit: 10 }, live.ctx);
    assert.deepEqual(
      items.flatMap((item) => (item.kind === "danmaku" ? [item.content] : [])),
      ["a", "b", "c"],
    );
    await live.stop();
  });
});
