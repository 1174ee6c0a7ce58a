import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Batch } from "@barrage/engine";
import { background, rootContext, Scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import type { Frames } from "../../src/owner-link/codec.ts";
import { Presence } from "../../src/owner-link/presence.ts";
import { RemoteRooms } from "../../src/owner-link/remote-rooms.ts";
import { RemoteWindow } from "../../src/owner-link/remote-window.ts";
import { WorkerFeed } from "../../src/owner-link/worker-feed.ts";

const batch = (room: string, seq: number): Batch => ({ room, prev: seq - 1, seq, items: [] });

describe("the feed to workers", () => {
  it("[WK-9] makes a batch into bytes once, and writes the same ones to each worker in its room", async () => {
    const feed = new WorkerFeed(() => 0);
    const got: Buffer[][] = [[], [], []];
    const readers = got.map((frames) => ({ write: (frame: Buffer) => void frames.push(frame) }));
    for (const reader of readers.slice(0, 2)) feed.enter("r", reader);
    feed.enter("other", readers[2]!);

    await feed.publish(batch("r", 1), background);

    assert.equal(got[0]?.length, 1);
    assert.equal(got[0]?.[0], got[1]?.[0]);
    assert.deepEqual(got[2], []);
    assert.deepEqual([feed.readerCount("r"), feed.readerCount("nowhere"), feed.work.writes], [2, 0, 2]);

    feed.leave("r", readers[0]!);
    feed.leave("r", readers[1]!);
    await feed.publish(batch("r", 2), background);
    assert.equal(got[0]?.length, 1);
    assert.equal(feed.readerCount("r"), 0);
  });
});

describe("the rooms of a worker", () => {
  function rooms() {
    const clock = new FakeClock();
    const sent: string[] = [];
    const link = {
      send: <K extends keyof Frames>(kind: K, body: Frames[K]) =>
        void sent.push(`${kind} ${JSON.stringify(body)}`),
    };
    return { clock, sent, rooms: new RemoteRooms(link, clock) };
  }

  it("[WK-9] are entered once, and left 5 s after the last viewer", async () => {
    const { clock, sent, rooms: entered } = rooms();
    await entered.enter("r");
    await entered.enter("r");
    entered.leave("r");
    await clock.advance(4_999);
    entered.sweep();
    assert.deepEqual(sent, ['enter {"rooms":[["r",null]]}']);

    await clock.advance(1);
    entered.sweep();
    entered.sweep();

    assert.deepEqual(sent.slice(1), ['leave {"room":"r"}']);
  });

  it("[WK-9] stay where somebody comes back in time", async () => {
    const { clock, sent, rooms: entered } = rooms();
    await entered.enter("r");
    entered.leave("r");
    await clock.advance(4_999);
    await entered.enter("r");
    await clock.advance(60_000);
    entered.sweep();

    assert.equal(sent.length, 1);
  });

  it("[WK-18] are entered again on a new link, with the last seq that came", async () => {
    const { sent, rooms: entered } = rooms();
    const got: number[] = [];
    entered.subscribe({ batch: ({ seq }) => void got.push(seq), interrupted: () => undefined });
    await entered.enter("r");
    await entered.enter("quiet");
    entered.batch(batch("r", 7));
    entered.batch(batch("elsewhere", 9));
    sent.length = 0;

    entered.enterAgain();

    assert.deepEqual(sent, ['enter {"rooms":[["r",7],["quiet",0]]}']);
    assert.deepEqual(got, [7]);
  });
});

describe("windows read over the link", () => {
  const slice = (seq: number) => ({ items: [], head: { seq, n: seq }, floor: { seq: 0, n: 0 } });

  async function reading(shown: number) {
    const scope = new Scope(rootContext({ clock: new FakeClock() }), { name: "test", onError: "report" });
    const asked: { readonly answer: (seq: number) => void }[] = [];
    const owner = {
      read: () => {
        const { promise, resolve } = Promise.withResolvers<ReturnType<typeof slice>>();
        asked.push({ answer: (seq) => resolve(slice(seq)) });
        return promise;
      },
    };
    let last = 0;
    const window = new RemoteWindow(owner, () => last, scope);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const show = () => {
      last = shown;
    };
    return { scope, asked, window, turn, show };
  }

  it("[WK-10] are shared by viewers who come at once", async () => {
    const { scope, asked, window, turn } = await reading(0);
    await using _ = scope;

    const reads = [1, 2, 3].map(() => window.read("r", 4, 50, background));
    await turn();
    asked[0]?.answer(9);

    assert.deepEqual(
      (await Promise.all(reads)).map(({ head }) => head.seq),
      [9, 9, 9],
    );
    assert.equal(asked.length, 1);
  });

  it("[WK-10] are not shared by a viewer who came after a batch that the read may lack", async () => {
    const { scope, asked, window, turn, show } = await reading(9);
    await using _ = scope;

    const first = window.read("r", 4, 50, background);
    await turn();
    show();
    const second = window.read("r", 4, 50, background);
    await turn();
    asked[0]?.answer(8);
    await turn();
    asked[1]?.answer(9);

    assert.deepEqual([(await first).head.seq, (await second).head.seq], [8, 9]);
  });
});

describe("presence", () => {
  it("[WK-13, WK-14] adds up what workers report, and takes a whole worker away", () => {
    const presence = new Presence<string>();
    presence.join("a");
    presence.join("b");
    presence.report("a", [
      ["r", 3],
      ["s", 1],
    ]);
    presence.report("b", [["r", 4]]);
    presence.report("a", [["r", 5]]);

    assert.deepEqual([presence.total("r"), presence.elsewhere("a", "r"), presence.total("s")], [9, 4, 1]);
    assert.deepEqual([...presence.takeChanged()].toSorted(), ["r", "s"]);

    presence.drop("a");
    presence.report("a", [["r", 100]]);

    assert.deepEqual([presence.total("r"), presence.elsewhere("b", "r"), presence.total("s")], [4, 0, 0]);
    assert.deepEqual([...presence.takeChanged()].toSorted(), ["r", "s"]);
    presence.report("b", [["r", 0]]);
    assert.equal(presence.total("r"), 0);
  });
});
