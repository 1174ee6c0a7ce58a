import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EMPTY_LEDGER } from "@barrage/engine";
import { ledgerPage } from "../../src/http/routes/ledger.ts";
import type { LedgerPageFacts } from "../../src/telemetry/facts.ts";
import { ROOMS_MAX, ROOMS_WITH_SERIES } from "../../src/telemetry/ledger-sum.ts";
import { Whole } from "../../src/telemetry/whole.ts";

type Told = readonly { readonly room: string; readonly viewers: number; readonly everywhere: number }[];

/** The page of a process that has delivered a record to each of its viewers. */
const page = (rooms: Told): LedgerPageFacts =>
  ledgerPage({
    ledger: () => EMPTY_LEDGER,
    roomLedgers: () =>
      rooms.map((each) => ({
        ...each,
        ledger: {
          ...EMPTY_LEDGER,
          published: each.viewers,
          delivered: each.viewers,
          shed: { ...EMPTY_LEDGER.shed, slow: 1 },
        },
      })),
    connectionLedgers: () => [],
  });

function wholeOf(...processes: readonly Told[]): Whole {
  const whole = new Whole();
  for (const [generation, rooms] of processes.entries())
    whole.tell(generation, { metrics: [], ledger: page(rooms) });
  return whole;
}

/** Rooms that the first process has most of, and rooms that the second has most of: neither's own largest are the whole's. */
function crossed(rooms: number): readonly [Told, Told] {
  const [first, second] = [[], []] as [Told[number][], Told[number][]];
  for (let i = 0; i < rooms; i += 1) {
    // The last rooms are the largest, evenly; the others are all in one place.
    const isEven = i >= rooms - 40;
    const total = isEven ? 600 + i : 500 - i;
    const here = isEven ? Math.floor(total / 2) : i % 2 === 0 ? total - 1 : 1;
    const room = `room ${String(i)}`;
    first.push({ room, viewers: here, everywhere: total });
    second.push({ room, viewers: total - here, everywhere: total });
  }
  return [first, second];
}

const series = (text: string): ReadonlyMap<string, number> =>
  new Map(
    [...text.matchAll(/^barrage_room_ledger_records\{room="(.*?)",term="delivered"\} (\d+)$/gm)].map(
      ([, room = "", value]) => [room, Number(value)],
    ),
  );

describe("the largest rooms of several processes", () => {
  it("[WK-61] are the largest of all, and each row is the sum of all that have it", () => {
    const processes = crossed(3 * ROOMS_MAX);
    const { rooms } = wholeOf(...processes).ledger();

    const largest = [...processes[0]].sort((a, b) => b.everywhere - a.everywhere).slice(0, ROOMS_MAX);
    assert.deepEqual(
      rooms.map(({ room, viewers, ledger, partial }) => [room, viewers, ledger["delivered"], partial]),
      largest.map(({ room, everywhere }) => [room, everywhere, everywhere, undefined]),
    );
  });

  it("[WK-61] have series, by the terms of one process: as many as one process has", async () => {
    const processes = crossed(3 * ROOMS_MAX);
    const { text } = await wholeOf(...processes).metrics([]);

    const largest = [...processes[0]].sort((a, b) => b.everywhere - a.everywhere).slice(0, ROOMS_WITH_SERIES);
    assert.deepEqual(series(text), new Map(largest.map(({ room, everywhere }) => [room, everywhere])));
    const terms = [...text.matchAll(/^barrage_room_ledger_records\{room="room 299",term="(.*?)"\} (\d+)$/gm)];
    assert.deepEqual(Object.fromEntries(terms.map(([, term, value]) => [term, Number(value)])), {
      published: 899,
      replayed: 0,
      delivered: 899,
      muted: 0,
      merged: 0,
      duplicate: 0,
      lostAtClose: 0,
      inFlight: 0,
      shed_slow: 2,
      shed_expired: 0,
      shed_sampled: 0,
    });
  });

  it("[WK-61] a row says that it may be a part where a page was cut before it, and has no series then", async () => {
    for (const [others, isCut] of [
      [ROOMS_MAX - 1, false],
      [ROOMS_MAX, true],
      [ROOMS_MAX + 1, true],
    ] as const) {
      const many = Array.from({ length: others }, (_, i) => ({
        room: `small ${String(i)}`,
        viewers: 2,
        everywhere: 2,
      }));
      // Has not heard of the fifty others yet.
      const late = { room: "show", viewers: 1, everywhere: 1 };
      const whole = wholeOf([{ room: "show", viewers: 50, everywhere: 51 }], [...many, late]);
      const show = whole.ledger().rooms.find(({ room }) => room === "show");

      assert.deepEqual([show?.viewers, show?.partial], isCut ? [50, true] : [51, undefined]);
      const { text } = await whole.metrics([]);
      assert.equal(series(text).get("show"), isCut ? undefined : 51);
      assert.equal(series(text).get("small 0"), 2);
    }
  });

  it("[WK-61] a room that a full page has no viewers of is whole all the same", () => {
    const many = Array.from({ length: ROOMS_MAX }, (_, i) => ({
      room: `small ${String(i)}`,
      viewers: 2,
      everywhere: 2,
    }));
    const { rooms } = wholeOf([{ room: "show", viewers: 50, everywhere: 50 }], many).ledger();

    assert.deepEqual([rooms[0]?.room, rooms[0]?.viewers, rooms[0]?.partial], ["show", 50, undefined]);
  });
});
