import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { marked, readMark, RoomLedger, ViewerStream } from "../../src/index.ts";
import type { ReceivedRecord, StreamCounts } from "../../src/index.ts";

const RUN = "r1";

function seat({ sample = false, ledger = new RoomLedger("a", RUN) } = {}) {
  const seen = {
    latencies: [] as number[],
    caughtUp: [] as number[],
    faults: [] as string[],
    sampled: 0,
    wrong: 0,
  };
  const counts: StreamCounts = {
    delivered: (ms) => void seen.latencies.push(ms),
    deliveredTogether: (at, dueTimes) => seen.latencies.push(...dueTimes.map((dueAt) => at - dueAt)),
    deliveredLate: () => {},
    caughtUp: (ms) => void seen.caughtUp.push(ms),
    fault: (name) => void seen.faults.push(name),
    sampled: (records, wrong) => {
      seen.sampled += records;
      seen.wrong += wrong;
    },
    closed: () => {},
  };
  const viewer = new ViewerStream({ ledger, counts, sample: () => sample, machineOffsetMs: 1_000 });
  return { ledger, viewer, seen };
}

/** The record with this number: placed at ten times its number, due at as many ms. */
const record = (index: number): ReceivedRecord => ({ seq: index * 10, content: text(index) });
const text = (index: number, run = RUN): string => marked({ run, key: index, dueAt: 1_000 + index }, "弹幕");

function expected(ledger: RoomLedger, acks: readonly number[]) {
  ledger.addAcks(acks);
  return ledger.expectation();
}

const acked = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => [index + 1, (index + 1) * 10, 1_001 + index]).flat();

describe("a viewer's stream", () => {
  it("[LD-8, LD-9] counts losses, doubles and disorder of any stream as its list says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 120 }),
        (published, order) => {
          const { ledger, viewer } = seat();
          const received = order.filter((index) => index <= published);
          viewer.joined(0, [], 0);
          for (const index of received) viewer.record(record(index), 5);

          const distinct = new Set(received);
          let [furthest, disordered] = [0, 0];
          const before = new Set<number>();
          for (const index of received) {
            if (!before.has(index) && index < furthest) disordered += 1;
            before.add(index);
            furthest = Math.max(furthest, index);
          }
          const verdict = viewer.verdict(expected(ledger, acked(published)));
          assert.deepEqual(verdict, {
            expected: published,
            received: distinct.size,
            lost: published - distinct.size,
            withheld: 0,
            doubles: received.length - distinct.size,
            disordered,
            gaps: 0,
            chainBreaks: 0,
          });
        },
      ),
    );
  });

  it("[LD-8, LD-9] counts a batch as it would count its records one by one", () => {
    const indices = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 8 });
    const rising = indices.map((list) => list.toSorted((a, b) => a - b));
    const run = fc
      .record({ from: fc.integer({ min: 1, max: 25 }), length: fc.integer({ min: 1, max: 5 }) })
      .map(({ from, length }) => Array.from({ length }, (_, at) => from + at));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 15 }),
        fc.array(fc.oneof(run, rising, indices), { maxLength: 12 }),
        (head, batches) => {
          const one = seat();
          const shared = new RoomLedger("a", RUN);
          const whole = [seat({ ledger: shared }), seat({ ledger: shared })];
          for (const { viewer } of [one, ...whole]) viewer.joined(head * 10, [], 0);
          for (const [at, batch] of batches.entries()) {
            const header = { prev: at * 1_000, seq: at * 1_000 + 999, count: batch.length, shed: 0 };
            for (const index of batch) one.viewer.record(record(index), 50 + at);
            for (const { viewer } of whole)
              viewer.batch(header, viewer.wantsRecords(header) ? batch.map(record) : undefined, 50 + at);
          }

          const { chainBreaks: _, ...told } = one.viewer.verdict(expected(one.ledger, acked(30)));
          const expectation = expected(shared, acked(30));
          for (const { viewer, seen } of whole) {
            const { chainBreaks: __, ...counted } = viewer.verdict(expectation);
            assert.deepEqual(counted, told);
            assert.deepEqual(seen.latencies, one.seen.latencies);
          }
          assert.equal(shared.newest, one.ledger.newest);
        },
      ),
    );
  });

  it("[LD-9] expects only what is placed after the join, and takes announced gaps off", () => {
    const { ledger, viewer } = seat();
    viewer.joined(30, [], 0);
    viewer.record(record(3), 1);
    viewer.record(record(4), 1);
    viewer.gap({ from: 40, to: 60, count: undefined });
    viewer.gap({ from: 60, to: 70, count: 1 });
    viewer.record(record(9), 1);

    const verdict = viewer.verdict(expected(ledger, acked(10)));

    // 4 to 10 are expected, 4 and 9 came, 5, 6 and 7 were announced: 8 and 10 are lost.
    assert.deepEqual(
      [verdict.expected, verdict.received, verdict.withheld, verdict.lost, verdict.gaps],
      [7, 2, 3, 2, 2],
    );
  });

  it("[LD-9] expects what is due after the join where the protocol has no places", () => {
    const { ledger, viewer } = seat();
    viewer.joined(undefined, [], 4);
    for (const index of [3, 5, 6]) viewer.record({ seq: undefined, content: text(index) }, 10);

    const verdict = viewer.verdict(
      expected(ledger, [3, -1, 1_003, 5, -1, 1_005, 6, -1, 1_006, 7, -1, 1_007]),
    );

    assert.deepEqual([verdict.expected, verdict.received, verdict.lost], [3, 2, 1]);
  });

  it("[LD-10] breaks the chain where prev is not the place before, and not at an announced gap", () => {
    const { ledger, viewer, seen } = seat();
    const batch = (prev: number, seq: number, records: ReceivedRecord[]): void => {
      const header = { prev, seq, count: records.length, shed: 0 };
      viewer.batch(header, viewer.wantsRecords(header) ? records : undefined, 7);
    };
    viewer.joined(0, [], 0);
    batch(0, 20, [record(1), record(2)]);
    batch(30, 40, [record(4)]);
    viewer.gap({ from: 40, to: 50, count: 1 });
    batch(50, 60, [record(6)]);
    batch(50, 60, [record(6)]);
    batch(60, 60, []);

    const verdict = viewer.verdict(expected(ledger, acked(6)));

    assert.deepEqual(
      [verdict.chainBreaks, verdict.doubles, verdict.lost, verdict.received, seen.faults.length],
      [2, 1, 1, 4, 1],
    );
    assert.deepEqual(seen.latencies.map(Math.round), [6, 5, 3, 1]);
  });

  it("[LD-11] reads a batch once a process, and compares a sample with it", () => {
    const { ledger, viewer, seen } = seat({ sample: true });
    const second = seat({ ledger, sample: false });
    const header = { prev: 0, seq: 20, count: 2, shed: 0 };
    for (const each of [viewer, second.viewer]) each.joined(0, [], 0);

    assert.equal(second.viewer.wantsRecords(header), true);
    second.viewer.batch(header, [record(1), record(2)], 1);
    assert.equal(second.viewer.wantsRecords({ ...header }), false);
    second.viewer.batch(header, undefined, 1);
    assert.equal(viewer.wantsRecords(header), true);
    viewer.batch(header, [record(1), { seq: 20, content: text(3) }], 1);

    assert.deepEqual([seen.sampled, seen.wrong], [2, 1]);
  });

  it("[LD-12] leaves out texts of other runs and of people", () => {
    const { ledger, viewer } = seat();
    viewer.joined(0, [], 0);
    viewer.record({ seq: 10, content: "hello" }, 1);
    viewer.record({ seq: 20, content: text(2, "r2") }, 1);
    viewer.record({ seq: 10, content: "#not.a mark" }, 1);

    const verdict = viewer.verdict(expected(ledger, acked(0)));

    assert.deepEqual([verdict.expected, verdict.received, verdict.disordered], [0, 0, 0]);
  });

  it("[LD-13] has caught up with the record that was the newest when it began to come back", () => {
    const ledger = new RoomLedger("a", RUN);
    const [stayed, left] = [seat({ ledger }), seat({ ledger })];
    for (const { viewer } of [stayed, left]) viewer.joined(0, [], 0);
    for (const index of [1, 2, 3]) stayed.viewer.record(record(index), 1);
    left.viewer.record(record(1), 1);

    left.viewer.comesBack(100);
    left.viewer.joined(20, [record(2)], 130);
    assert.deepEqual(left.seen.caughtUp, []);
    left.viewer.record(record(3), 150);

    assert.deepEqual(left.seen.caughtUp, [50]);
    // What the resume brought has an age, not a latency.
    assert.equal(left.seen.latencies.length, 2);
  });

  it("[LD-12] reads the marks it writes, to the microsecond", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1e9, noNaN: true }), fc.string(), (key, dueAt, rest) => {
        const mark = readMark(marked({ run: RUN, key, dueAt }, rest));

        assert.deepEqual([mark?.run, mark?.key], [RUN, key]);
        assert.ok(Math.abs(mark!.dueAt - dueAt) <= 0.001);
      }),
    );
  });
});
