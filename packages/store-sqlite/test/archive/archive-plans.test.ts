import assert from "node:assert/strict";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { ARCHIVE_QUERIES, archiveReader } from "../../src/archive/archive-reader.ts";
import { ARCHIVE_SCHEMA } from "../../src/archive/archive-schema.ts";
import { openDatabase } from "../../src/database/open-database.ts";
import { temporaryFolder } from "../support/temporary-store.ts";

const ROWS = 1_000_000;
const START = 1_767_225_600_000;

/** A million items of one busy room and nine quiet ones; times go back by up to 5 ms, one item in 50 is hidden. */
const FILL = `
  WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < ${ROWS})
  INSERT INTO item (seq, room, at, latest_at, uid, id, hidden, body)
  SELECT seq, iif(seq % 10 < 9, 'busy', 'quiet' || (seq / 10 % 9)), ${START} + seq - seq % 6, ${START} + seq,
         'u' || (seq % 5000), 'd' || seq, seq % 50 = 0, '{"seq":' || seq || '}' FROM n;
  INSERT INTO room (id, latest_at, last_seq, disorder)
  SELECT room, max(latest_at), max(seq), max(latest_at - at) FROM item GROUP BY room;`;

describe("an archive of a million items", () => {
  const folder = temporaryFolder();
  let db: DatabaseSync;
  before(() => {
    db = openDatabase({ path: join(folder.path, "archive.db"), checkUpToBytes: 1 }, ARCHIVE_SCHEMA);
    db.exec(`BEGIN; ${FILL} COMMIT`);
  });
  after(() => {
    db.close();
    folder[Symbol.dispose]();
  });

  it("[LG-36] answers every question by an index: no scan, no sorting", () => {
    for (const [name, sql] of Object.entries(ARCHIVE_QUERIES)) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      const steps = plan.map((row) => String(row["detail"]));

      assert.deepEqual(
        steps.filter((step) => !/^SEARCH \w+ USING /.test(step)),
        [],
        name,
      );
    }
  });

  it("[LG-36] finds a page anywhere in time in under 10 ms", (t) => {
    const { query, latest, find } = archiveReader(db);
    const range = { room: "busy", from: null, to: null, after: 0, limit: 100, onlyKept: false };
    const questions: Readonly<Record<string, () => number>> = {
      "the first page": () => query(range).length,
      "a page by cursor, far in": () => query({ ...range, after: 900_000 }).length,
      "a minute late in the room": () =>
        query({ ...range, from: START + 930_000, to: START + 990_000 }).length,
      "the last 50 ms": () => query({ ...range, from: START + ROWS - 50 }).length,
      "nothing: after the last": () => query({ ...range, from: START + 2 * ROWS }).length,
      "nothing: before the first": () => query({ ...range, to: START - 10 }).length,
      "the paid records of a page": () => query({ ...range, onlyKept: true }).length,
      "the newest of a room": () => latest("busy", 100).length,
      "one by its id": () => (find("busy", "d777777") === null ? 0 : 1),
    };
    for (const [name, ask] of Object.entries(questions)) {
      const times = Array.from({ length: 9 }, () => {
        const start = performance.now();
        ask();
        return performance.now() - start;
      });
      const median = times.toSorted((x, y) => x - y)[4]!;
      t.diagnostic(`${name}: ${ask()} rows, median ${median.toFixed(2)} ms`);

      assert.equal(median < 10, true, `${name} took ${median} ms`);
    }
  });
});
