import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Archive } from "@barrage/engine";
import { FakeClock } from "@barrage/testkit";
import { carry, join, liveEngine, makePorts, publish, said, caller, user } from "./support/live-engine.ts";
import type { LiveEngine } from "./support/live-engine.ts";

const WAITING_HANDOVERS = 256;
const moderator = user("m", "moderator");

/** An archive that cannot be written until it is mended. */
function breakable(archive: Archive): { breakNow(): void; mend(): void } {
  const write = archive.write.bind(archive);
  return {
    breakNow: () => void (archive.write = () => Promise.reject(new Error("no disk"))),
    mend: () => void (archive.write = write),
  };
}

/** Everything of a room that is archived: content, seq and ordinal. */
async function archived({ ports, ctx }: LiveEngine, room: string) {
  const { items } = await ports.archive.query({ room, after: 0, limit: 10_000 }, ctx);
  return items.flatMap((item) => (item.kind === "danmaku" ? [{ text: item.content, n: item.n }] : []));
}

describe("an archive that cannot be written for long", () => {
  for (const count of [
    WAITING_HANDOVERS - 3,
    WAITING_HANDOVERS,
    WAITING_HANDOVERS + 3,
    3 * WAITING_HANDOVERS,
  ]) {
    it(`[DL-23] viewers see all of ${count} danmaku; all are archived in order once it can be`, async () => {
      const clock = new FakeClock();
      const ports = makePorts(clock);
      const disk = breakable(ports.archive);
      const live = await liveEngine({ clock, ports });
      const { socket } = join(live, "r");
      await live.settle();
      disk.breakNow();
      const texts = Array.from({ length: count }, (_, i) => `said ${i}`);
      for (const text of texts) await publish(live, "r", text);
      await live.settle(100);
      const seen = [...socket.texts];
      disk.mend();
      await live.settle(5_000);
      await publish(live, "r", "after", 500);

      assert.deepEqual(seen, texts);
      const stored = await archived(live, "r");
      assert.deepEqual(
        stored.map(({ text }) => text),
        [...texts, "after"],
      );
      assert.deepEqual(
        stored.map(({ n }) => n),
        stored.map((_, i) => (stored[0]?.n ?? 0) + i),
      );
      await live.stop();
    });
  }

  it("[DL-23] an archive that cannot even be read does not keep a room from its viewers; what is missing is told", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const first = await liveEngine({ clock, ports });
    await publish(first, "r", "long ago", 500);
    await first.stop();
    const broken = Object.create(ports.archive, {
      latest: { value: () => Promise.reject(new Error("no disk")) },
      query: { value: () => Promise.reject(new Error("no disk")) },
    }) as typeof ports.archive;
    // A restart, whose window is empty.
    const live = await liveEngine({
      clock,
      ports: { ...makePorts(clock), ...ports, archive: broken, window: makePorts(clock).window },
    });
    const resuming = join(live, "r", { since: 1 });
    await live.settle();
    await publish(live, "r", "now", 500);

    assert.deepEqual(resuming.socket.texts, ["now"]);
    assert.deepEqual(
      resuming.socket.of("gap").map(({ reason }) => reason),
      ["expired"],
    );
    assert.ok(live.events.some(({ type }) => type === "archive_failed"));
    await live.stop();
  });

  it("[DL-23, DL-6] what a mute kept out of the room stays out of the archive, whichever side of the outage it fell on", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const disk = breakable(ports.archive);
    const live = await liveEngine({ clock, ports });
    await publish(live, "r", "before", 500);
    disk.breakNow();
    for (let i = 0; i < WAITING_HANDOVERS + 10; i++) await publish(live, "r", `said ${i}`);
    const mute = live.engine.commands.mute(moderator, "r", { uid: "u2", seconds: null }, live.ctx);
    await carry(live, mute, 0);
    // Past ingest, as one that was under way when the mute came.
    const entry = {
      kind: "danmaku",
      id: "late",
      at: clock.wall(),
      author: user("u2"),
      ...said("muted"),
    } as const;
    await carry(live, ports.log.append({ room: "r", entry }, live.ctx), 0);
    await carry(live, live.engine.publisher.danmaku(caller("u1"), "r", said("last"), live.ctx), 0);
    disk.mend();
    // Its last records are still to be read again.
    const stopped = live.stop();
    await live.settle(2_000);
    await stopped;

    const texts = (await archived(live, "r")).map(({ text }) => text);
    assert.equal(texts.length, WAITING_HANDOVERS + 12);
    assert.equal(texts.at(-1), "last");
    assert.equal(texts.includes("muted"), false);
  });
});
