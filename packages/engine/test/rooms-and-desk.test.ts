import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Role } from "@barrage/protocol";
import { FakeClock } from "@barrage/testkit";
import type { FakeSocket } from "./support/live-engine.ts";
import {
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

const host = user("h", "host");
const mod = user("m", "moderator");
const eventsOf = (socket: FakeSocket): string[] =>
  socket
    .of("batch")
    .flatMap(({ items }) => items.flatMap((item) => (item.kind === "room-event" ? [item.event.type] : [])));

/** A room of `host` with one viewer in it. */
async function hostedRoom(options: Parameters<typeof liveEngine>[0] = {}) {
  const live = await liveEngine(options);
  await carry(live, live.engine.commands.create(host, { id: "r", title: "Evening" }, live.ctx));
  const { socket, connection } = join(live, "r", { uid: "u1" });
  await live.settle();
  return { live, socket, connection, commands: live.engine.commands };
}

const contents = async (live: LiveEngine, room = "r"): Promise<string[]> => {
  const {
    page: { items },
  } = await live.engine.rooms.history({ room, after: 0, limit: 1_000 }, live.ctx);
  return items.flatMap((item) => ("content" in item ? [item.content] : []));
};

describe("rooms", () => {
  it("[RM-1] [DL-22] a second engine on the same log and archive has the same rooms, n and chain", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const { live, commands } = await hostedRoom({ clock, ports });
    await carry(live, commands.setTitle(host, "r", "Night", live.ctx));
    await carry(live, commands.mute(host, "r", { uid: "bad", seconds: null }, live.ctx));
    await publish(live, "r", "one");
    const before = await live.engine.rooms.find("r", live.ctx);
    const history = await contents(live);
    await live.stop();

    const again = await liveEngine({
      clock,
      ports: { ...makePorts(clock), log: ports.log, rooms: ports.rooms, archive: ports.archive },
    });
    const { socket } = join(again, "r");
    await again.settle();
    await publish(again, "r", "two");

    assert.deepEqual(
      { ...(await again.engine.rooms.find("r", again.ctx)), head: 0, n: 0, viewers: 0 },
      { ...before, head: 0, n: 0, viewers: 0 },
    );
    assert.equal((await again.engine.rooms.find("r", again.ctx))?.n, (before?.n ?? 0) + 1);
    assert.deepEqual(await contents(again), [...history, "two"]);
    assert.equal(socket.of("batch")[0]?.prev, before?.head);
    assert.equal(socket.of("snapshot")[0]?.items.at(-1)?.seq, before?.head);
    await assert.rejects(
      carry(again, again.engine.publisher.danmaku(caller("bad"), "r", said("x"), again.ctx)),
      coded("BARRAGE_MUTED"),
    );
    await again.stop();
  });

  it("[RM-1] [DL-22] without any checkpoint the fold of the whole log gives the same, and archives nothing twice", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const { live, commands } = await hostedRoom({ clock, ports });
    await carry(live, commands.setSlowMode(mod, "r", 7, live.ctx));
    await publish(live, "r", "one");
    const before = await live.engine.rooms.find("r", live.ctx);
    await live.stop();

    const again = await liveEngine({
      clock,
      ports: { ...makePorts(clock), log: ports.log, archive: ports.archive },
    });
    await again.settle(50);

    assert.deepEqual(
      { ...(await again.engine.rooms.find("r", again.ctx)), viewers: 0 },
      { ...before, viewers: 0 },
    );
    assert.deepEqual(await contents(again), ["one"]);
    await again.stop();
  });

  it("[RM-2] a room is made once, by a host or a service", async () => {
    const live = await liveEngine();
    const { commands } = live.engine;
    const both = await carry(
      live,
      Promise.allSettled(
        ["h1", "h2"].map((uid) => commands.create(user(uid, "host"), { id: "r" }, live.ctx)),
      ),
    );

    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    await assert.rejects(commands.create(host, { id: "r" }, live.ctx), coded("BARRAGE_ROOM_EXISTS"));
    for (const role of ["viewer", "moderator"] as const) {
      await assert.rejects(
        commands.create(user("x", role), { id: "s" }, live.ctx),
        coded("BARRAGE_FORBIDDEN"),
      );
    }
    await live.stop();
  });

  it("[RM-3] an unknown room is made once on first use, or refused where that is off, and never beyond the bound", async () => {
    const live = await liveEngine({ settings: { rooms: { ...settings.rooms, max: 1 } } });
    const viewers = [join(live, "r"), join(live, "r")];
    await live.settle();
    assert.equal(live.ports.log.stats.head, 1);
    assert.ok(viewers.every(({ socket }) => socket.of("snapshot").length === 1));
    const beyond = join(live, "s");
    await live.settle();
    assert.equal(beyond.socket.closed?.code, 4003);
    await live.stop();

    const strict = await liveEngine({ settings: { rooms: { ...settings.rooms, autoCreate: false } } });
    const { socket } = join(strict, "r");
    await strict.settle();
    assert.equal(socket.closed?.code, 4501);
    await assert.rejects(publish(strict, "r", "x"), coded("BARRAGE_ROOM_UNKNOWN"));
    await strict.stop();
  });

  it("[RM-4] a heartbeat makes live, a missed one offline, each once", async () => {
    const { live, socket, commands } = await hostedRoom();
    const { heartbeatTimeoutMs } = settings.rooms;

    await carry(live, commands.heartbeat(host, "r", live.ctx));
    await live.settle(heartbeatTimeoutMs - 1_000);
    await carry(live, commands.heartbeat(host, "r", live.ctx));
    await live.settle(heartbeatTimeoutMs - 1_000);
    assert.deepEqual(eventsOf(socket).slice(-1), ["live"]);
    await live.settle(2_000);
    assert.deepEqual(eventsOf(socket).slice(-2), ["live", "offline"]);
    assert.equal((await live.engine.rooms.find("r", live.ctx))?.live, false);

    await carry(live, commands.heartbeat(host, "r", live.ctx));
    await carry(live, commands.end(host, "r", live.ctx));
    await carry(live, commands.end(host, "r", live.ctx));
    assert.deepEqual(eventsOf(socket).slice(-4), ["live", "offline", "live", "offline"]);
    await live.stop();
  });

  it("[RM-5] changes come in order with danmaku", async () => {
    const { live, socket, commands } = await hostedRoom();

    await publish(live, "r", "before");
    await carry(live, commands.setTitle(host, "r", "New", live.ctx));
    await publish(live, "r", "after");

    const seen = socket
      .of("batch")
      .flatMap(({ items }) => items.map((it) => (it.kind === "danmaku" ? it.content : it.kind)));
    assert.deepEqual(seen.slice(-3), ["before", "room-event", "after"]);
    await live.stop();
  });

  it("[RM-6] each command has its role", async () => {
    const { live, commands } = await hostedRoom();
    const may = async (role: Role, uid: string, run: (who: ReturnType<typeof user>) => Promise<unknown>) => {
      try {
        await carry(live, run(user(uid, role)));
        return true;
      } catch (error) {
        assert.ok(coded("BARRAGE_FORBIDDEN")(error));
        return false;
      }
    };
    const moderate = (who: ReturnType<typeof user>) => commands.setSlowMode(who, "r", 1, live.ctx);
    const run = (who: ReturnType<typeof user>) => commands.setTitle(who, "r", "t", live.ctx);

    assert.deepEqual(
      await Promise.all([
        may("viewer", "v", moderate),
        may("moderator", "m", moderate),
        may("host", "h", moderate),
      ]),
      [false, true, true],
    );
    assert.equal(await may("host", "another", moderate), false);
    assert.equal(await may("service", "s", moderate), true);
    assert.equal(await may("moderator", "m", run), false);
    assert.equal(await may("host", "h", run), true);
    assert.equal(await may("host", "another", run), false);
    await live.stop();
  });

  it("[RM-7] a ban closes after its record and refuses until it ends; a mute only silences", async () => {
    const { live, socket, connection, commands } = await hostedRoom();
    await carry(live, commands.mute(mod, "r", { uid: "u1", seconds: 60 }, live.ctx));
    await assert.rejects(publish(live, "r", "x"), coded("BARRAGE_MUTED"));
    assert.equal(socket.closed?.code, undefined);
    await carry(live, commands.unmute(mod, "r", "u1", live.ctx));
    await publish(live, "r", "free");

    await carry(live, commands.ban(mod, "r", { uid: "u1", seconds: 60 }, live.ctx));
    connection.gone(4503);

    assert.equal(socket.closed?.code, 4503);
    assert.equal(eventsOf(socket).at(-1), "ban");
    const again = join(live, "r", { uid: "u1" });
    await live.settle(59_000);
    assert.equal(again.socket.closed?.code, 4503);
    await live.settle(1_000);
    const later = join(live, "r", { uid: "u1" });
    await live.settle();
    assert.equal(later.socket.closed?.code, undefined);
    await live.stop();
  });

  it("[RM-8] a closed room closes its viewers after the record and refuses everything", async () => {
    const { live, socket, commands } = await hostedRoom();

    await carry(live, commands.close(host, "r", live.ctx));

    assert.equal(eventsOf(socket).at(-1), "closed");
    assert.equal(socket.closed?.code, 4502);
    const later = join(live, "r");
    await live.settle();
    assert.equal(later.socket.closed?.code, 4502);
    await assert.rejects(publish(live, "r", "x"), coded("BARRAGE_ROOM_CLOSED"));
    await assert.rejects(commands.setTitle(host, "r", "t", live.ctx), coded("BARRAGE_ROOM_CLOSED"));
    await live.stop();
  });

  it("[RM-9] a command is answered when its record is part of the state", async () => {
    const { live, commands } = await hostedRoom();

    await carry(live, commands.setTitle(host, "r", "Seen", live.ctx), 0);

    assert.equal((await live.engine.rooms.find("r", live.ctx))?.title, "Seen");
    await live.stop();
  });

  it("[RM-10] nobody mutes or bans themself or the owner", async () => {
    const { live, commands } = await hostedRoom();
    for (const uid of ["m", "h"]) {
      await assert.rejects(
        commands.mute(mod, "r", { uid, seconds: 5 }, live.ctx),
        coded("BARRAGE_FORBIDDEN"),
      );
      await assert.rejects(commands.ban(mod, "r", { uid, seconds: 5 }, live.ctx), coded("BARRAGE_FORBIDDEN"));
    }
    await live.stop();
  });

  it("[RM-11] the list has open rooms, most viewers first", async () => {
    const { live, commands } = await hostedRoom();
    join(live, "busy");
    join(live, "busy");
    join(live, "gone");
    await live.settle();
    await carry(live, commands.close(user("s", "service"), "gone", live.ctx));

    assert.deepEqual(
      (await live.engine.rooms.list(live.ctx)).map(({ id, viewers }) => [id, viewers]),
      [
        ["busy", 2],
        ["r", 1],
      ],
    );
    await live.stop();
  });
});

describe("the moderators' desk", () => {
  const holdAll = { verdict: "hold", content: "", matched: ["word"] } as const;

  async function withHeld() {
    const room = await hostedRoom();
    room.live.engine.setWords(() => holdAll);
    const outcome = await publish(room.live, "r", "wait for me");
    return { ...room, id: outcome.id, outcome };
  }

  it("[DK-1] [DK-2] a held danmaku appears when approved, once, with the next seq", async () => {
    const { live, socket, commands, id, outcome } = await withHeld();
    assert.ok("held" in outcome);
    assert.deepEqual(socket.texts, []);
    const [held] = await commands.held(mod, "r", 10, live.ctx);
    assert.deepEqual(held?.matched, ["word"]);

    const approved = await carry(live, commands.approve(mod, "r", id, live.ctx));

    assert.deepEqual(socket.texts, ["wait for me"]);
    assert.equal("seq" in approved ? approved.seq : 0, live.ports.log.stats.head);
    assert.deepEqual(await commands.held(mod, "r", 10, live.ctx), []);
    await assert.rejects(commands.approve(mod, "r", id, live.ctx), coded("BARRAGE_HELD_UNKNOWN"));
    await assert.rejects(commands.reject(mod, "r", id, live.ctx), coded("BARRAGE_HELD_UNKNOWN"));
    await live.stop();
  });

  it("[DK-2] two approvals at once publish once", async () => {
    const { live, socket, commands, id } = await withHeld();

    await carry(
      live,
      Promise.allSettled([
        commands.approve(mod, "r", id, live.ctx),
        commands.approve(mod, "r", id, live.ctx),
      ]),
    );

    assert.deepEqual(socket.texts, ["wait for me"]);
    await live.stop();
  });

  it("[DK-2] a rejected one never appears", async () => {
    const { live, socket, commands, id } = await withHeld();

    await carry(live, commands.reject(mod, "r", id, live.ctx));

    assert.deepEqual(socket.texts, []);
    await assert.rejects(commands.approve(mod, "r", id, live.ctx), coded("BARRAGE_HELD_UNKNOWN"));
    await live.stop();
  });

  it("[DK-3] a recall reaches viewers, and leaves window and history", async () => {
    const { live, socket, commands } = await hostedRoom();
    const { id } = await publish(live, "r", "oops");
    const other = await publish(live, "r", "stays");
    await assert.rejects(commands.recall(user("stranger"), "r", id, live.ctx), coded("BARRAGE_FORBIDDEN"));
    await assert.rejects(commands.recall(mod, "r", "nothing", live.ctx), coded("BARRAGE_DANMAKU_UNKNOWN"));

    await carry(live, commands.recall(user("u1"), "r", id, live.ctx));

    const recall = socket.of("batch").at(-1)?.items[0];
    assert.deepEqual(recall?.kind === "recall" ? recall.target : undefined, { id });
    assert.deepEqual(await contents(live), ["stays"]);
    await carry(live, commands.recall(mod, "r", other.id, live.ctx));
    assert.deepEqual(await contents(live), []);
    await live.stop();
  });

  it("[DK-4] clearing a user takes back what they said, not what they say later", async () => {
    const { live, commands } = await hostedRoom();
    await publish(live, "r", "one");
    await carry(live, live.engine.publisher.danmaku(caller("u2"), "r", said("of another"), live.ctx));

    await carry(live, commands.clearUser(mod, "r", "u1", live.ctx));
    await publish(live, "r", "later");

    assert.deepEqual(await contents(live), ["of another", "later"]);
    await live.stop();
  });

  it("[DK-7] what is taken back within one flush window no late joiner sees, and viewers get the recall", async () => {
    const { live, socket, commands } = await hostedRoom();
    await publish(live, "r", "stays");
    // The first goes out at once; what follows waits for the room's window, the recall with it.
    const said1 = live.engine.publisher.danmaku(caller("u2"), "r", said("shown"), live.ctx);
    await live.settle();
    const said2 = live.engine.publisher.danmaku(caller("u2"), "r", said("in one batch"), live.ctx);
    await live.settle();
    const cleared = commands.clearUser(mod, "r", "u2", live.ctx);
    await carry(live, Promise.all([said1, said2, cleared]), 100);

    const late = join(live, "r").socket;
    await live.settle();

    const last = socket
      .of("batch")
      .at(-1)
      ?.items.map(({ kind }) => kind);
    assert.deepEqual(last?.slice(-2), ["danmaku", "recall"], "one batch has both");
    const seen = late.of("snapshot")[0]?.items.flatMap((item) => ("content" in item ? [item.content] : []));
    assert.deepEqual(seen, ["stays"]);
    await live.stop();
  });

  it("[DK-5] an erased user is in no log, queue, archive or window", async () => {
    const { live, socket, commands } = await hostedRoom();
    await publish(live, "r", "remember me");
    await carry(live, live.engine.publisher.danmaku(caller("u2"), "r", said("of another"), live.ctx));
    live.engine.setWords(() => holdAll);
    await publish(live, "r", "held words");
    await assert.rejects(commands.eraseUser(mod, "u1", live.ctx), coded("BARRAGE_FORBIDDEN"));

    const erased = await carry(live, commands.eraseUser(user("s", "service"), "u1", live.ctx));

    assert.equal(erased, 2);
    const everything = JSON.stringify([
      await live.ports.log.read(0, 1_000, live.ctx),
      await live.ports.log.held("r", 10, live.ctx),
      await live.ports.window.read("r", 0, 1_000, live.ctx),
      await contents(live),
    ]);
    assert.equal(/remember me|held words/.test(everything), false);
    assert.deepEqual(await contents(live), ["of another"]);
    const last = socket.of("batch").at(-1)?.items.at(-1);
    assert.deepEqual(last?.kind === "recall" ? last.target : undefined, { uid: "u1" });
    await live.stop();
  });

  it("[DK-6] everything done with power is in the audit log", async () => {
    const { live, commands, id } = await withHeld();
    await carry(live, commands.approve(mod, "r", id, live.ctx));
    await carry(live, commands.mute(mod, "r", { uid: "u9", seconds: 60 }, live.ctx));
    await carry(live, commands.setTitle(host, "r", "T", live.ctx));

    const audit = await commands.audit(host, "r", 10, live.ctx);

    assert.deepEqual(
      audit.map(({ actor, action, target, detail }) => [actor, action, target, detail]),
      [
        ["h", "title", undefined, "T"],
        ["m", "mute", "u9", "60 s"],
        ["m", "approve", id, undefined],
        ["h", "create_room", undefined, "Evening"],
      ],
    );
    await live.stop();
  });
});
