import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { background, rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { Link } from "../../src/connection/link.ts";
import { openPostgresArchive, POOL_DEFAULTS } from "../../src/index.ts";
import { AUDIT_QUERIES } from "../../src/audit/postgres-audit.ts";
import { CATALOG_QUERIES } from "../../src/catalog/postgres-catalog.ts";
import { ERASING } from "../../src/archive/archive-eraser.ts";
import { ARCHIVE_QUERIES } from "../../src/archive/archive-reader.ts";
import { RETENTION } from "../../src/archive/archive-retention.ts";
import { HIDING } from "../../src/archive/archive-writer.ts";
import { needsPostgres, temporaryServer } from "../support/temporary-archive.ts";
import type { Database } from "../support/temporary-archive.ts";

/** The last of the months that rows lie in. */
const NOW = Date.UTC(2026, 5, 15);
const MONTHS = 12;
const DAY_MS = 86_400_000;
const FIRST = Date.UTC(2025, 6, 1);
const ROWS = 240_000;
const ROOMS = 20_000;
/** Most that a statement may read (a count, of 8 KiB): rows of a user lie far apart, so each costs some. */
const BLOCKS = 1_000;
/** Between two rows, ms: they fill the twelve months. */
const STEP_MS = Math.floor((365 * DAY_MS) / ROWS);

/** One busy room and nine quiet ones, evenly over a year; times go back by up to five steps, one item in 50 is hidden, one in 100 is kept. */
const FILL = `
  INSERT INTO archive_item (seq, at, room, uid, id, hidden, kept, body)
  SELECT seq, ${FIRST}::bigint + (seq - seq % 6)::bigint * ${STEP_MS}, CASE WHEN seq % 10 < 9 THEN 'busy' ELSE 'quiet' || seq / 10 % 9 END,
         'u' || seq % 5000, 'd' || seq, seq % 50 = 0, seq % 100 = 1, '{"seq":' || seq || '}'
  FROM generate_series(1, ${ROWS}) seq;
  INSERT INTO archive_room (id, latest_at, last_seq, disorder)
  SELECT room, max(at), max(seq), 5 * ${STEP_MS} FROM archive_item GROUP BY room;
  INSERT INTO room_state (id, seq, head_seq, head_n, closed, live, newest, state)
  SELECT 'room' || n, n, n, n, n % 10 > 0, false, n * 7919 % ${ROOMS}, '{}' FROM generate_series(1, ${ROOMS}) n;
  INSERT INTO audit (at, room, body)
  SELECT ${FIRST}::bigint + n::bigint * ${DAY_MS / 100}, 'room' || n % 100, '{}' FROM generate_series(1, ${ROOMS}) n;
  ANALYZE archive_item; ANALYZE room_state; ANALYZE audit;`;

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Loops": number;
  readonly "Actual Rows": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly PlanNode[];
}

interface Explained {
  /** Steps that were carried out. */
  readonly nodes: readonly PlanNode[];
  /** Those of them that read the items of a page. */
  readonly pages: readonly PlanNode[];
  readonly blocks: number;
}

const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)];

/** Asks on a connection as the archive has them; what is changed by asking is undone. */
async function explain({ url }: Database, sql: string, values: unknown[]): Promise<Explained> {
  const link = await Link.open(
    { ...POOL_DEFAULTS, url, applicationName: "plans" },
    () => undefined,
    background,
  );
  await link.query("BEGIN", [], background);
  const answer = await link.query(
    `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${sql}`,
    values,
    background,
  );
  await link.query("ROLLBACK", [], background);
  await link.end();
  const [{ Plan: root }] = answer.rows[0]!["QUERY PLAN"] as [{ Plan: PlanNode }];
  const nodes = flat(root).filter((node) => node["Actual Loops"] > 0);
  return {
    nodes,
    pages: nodes.filter((node) => node["Index Name"]?.endsWith("_room_seq_idx") === true),
    blocks: root["Shared Hit Blocks"] + root["Shared Read Blocks"],
  };
}

const month = (year: number, index: number): string => {
  const day = (m: number): string =>
    new Date(Date.UTC(year, m)).toISOString().slice(0, 10).replaceAll("-", "");
  return `archive_item_${day(index)}_${day(index + 1)}`;
};

const range = (from: number, to: number) => ["busy", 0, from, to, 101];

describe("an archive of a year in PostgreSQL", needsPostgres(), () => {
  const server = temporaryServer();
  let database: Database;
  before(async () => {
    database = await server.database();
    const ctx = rootContext({ clock: new FakeClock({ wall: NOW }) });
    const partitions = { by: "month", behind: MONTHS - 1, ahead: 2 } as const;
    const archive = await openPostgresArchive({ url: database.url, partitions }, ctx);
    await archive.close();
    await database.sql(FILL);
  });

  const QUERIES: Readonly<Record<string, readonly [sql: string, values: unknown[]]>> = {
    "a first page": [
      ARCHIVE_QUERIES.page,
      ["busy", 0, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 101],
    ],
    "a later page": [
      ARCHIVE_QUERIES.page,
      ["busy", 150_000, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 101],
    ],
    "a range of a day": [ARCHIVE_QUERIES.page, range(NOW - 60 * DAY_MS, NOW - 59 * DAY_MS)],
    "the end of a month": [ARCHIVE_QUERIES.page, range(Date.UTC(2026, 3, 1) - 1_000, Date.UTC(2026, 3, 1))],
    "a quiet room": [ARCHIVE_QUERIES.page, ["quiet3", 0, NOW - 200 * DAY_MS, NOW, 101]],
    "the paid records of a page": [ARCHIVE_QUERIES.keptPage, range(FIRST, NOW)],
    "the paid records of a range": [ARCHIVE_QUERIES.keptPage, range(NOW - 60 * DAY_MS, NOW - 30 * DAY_MS)],
    "a room's state": [CATALOG_QUERIES.find, ["room17"]],
    "the newest open rooms": [CATALOG_QUERIES.list, [100]],
    "a page of all rooms": [CATALOG_QUERIES.ids, ["room17", 100]],
    "a page of live rooms": [CATALOG_QUERIES.live, ["room17", 100]],
    "audit events": [AUDIT_QUERIES.list, ["room17", 100]],
    "deleting audit events": [RETENTION.audit, [FIRST + DAY_MS, 100]],
    "the latest": [ARCHIVE_QUERIES.latest, ["busy", 100]],
    "the latest of a quiet room": [ARCHIVE_QUERIES.latest, ["quiet3", 100]],
    "one by its id": [ARCHIVE_QUERIES.find, ["busy", "d120001"]],
    "one that is not there": [ARCHIVE_QUERIES.find, ["busy", "none"]],
    "hiding one": [HIDING.id, ["busy", "d120001", 130_000]],
    "hiding a user's": [HIDING.uid, ["busy", "u17", 239_000]],
    "a user's rooms": [ERASING.rooms, ["u18"]],
    "erasing a user": [ERASING.step, ["u18", "busy", 5_000]],
    "counting what gets old": [RETENTION.counted, [FIRST + DAY_MS]],
    "deleting strays": [RETENTION.strays, [FIRST, 5_000]],
  };

  for (const [name, [sql, values]] of Object.entries(QUERIES)) {
    it(`[PG-9] finds ${name} by an index: no scan, no sorting, few blocks`, async () => {
      const { nodes, blocks } = await explain(database, sql, values);

      const steps = nodes.map((node) => `${node["Node Type"]} ${node["Relation Name"] ?? ""}`);
      const wrong = /^(Seq Scan (archive_(item|room)|room_state|audit)|(Incremental )?Sort)/;
      assert.deepEqual(
        steps.filter((step) => wrong.test(step)),
        [],
      );
      assert.equal(blocks < BLOCKS, true, `${blocks} blocks of 8 KiB were read`);
    });
  }

  it("[PG-9] reads no more of a room than it returns, but for what lies out of order in time", async () => {
    for (const [room, beyond] of [
      ["busy", 12],
      ["quiet3", 2],
    ] as const) {
      const from = NOW - 200 * DAY_MS;
      const { pages } = await explain(database, ARCHIVE_QUERIES.page, [
        room,
        0,
        from,
        from + 20 * DAY_MS,
        101,
      ]);

      const rows = pages.reduce((sum, node) => sum + node["Actual Rows"], 0);
      const removed = pages.reduce((sum, node) => sum + (node["Rows Removed by Filter"] ?? 0), 0);
      // A partition gives its first row before it is known that another's comes first.
      assert.equal(rows >= 101 && rows <= 101 + pages.length, true, `${rows} rows`);
      assert.equal(removed <= beyond, true, `${removed} rows of ${room} were read in vain`);
    }
  });

  it("[PG-42] reads no record of a room that is not kept", async () => {
    const { kept, rows, removed } = await keptPage();

    // A partition gives its first row before it is known that another's comes first.
    assert.equal(kept >= 101 && kept <= 101 + rows.length, true, `${kept} rows`);
    assert.equal(removed <= 12, true, `${removed} rows were read in vain`);
  });

  /** What a page of kept records reads: rows that it gives, and rows that it looks at in vain. */
  const keptPage = async () => {
    const { nodes } = await explain(database, ARCHIVE_QUERIES.keptPage, range(FIRST, NOW));
    const indexes = await database.sql(
      "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE pg_get_expr(indpred, indrelid) LIKE '%kept%'",
    );
    const names = new Set(indexes.map((row) => row["name"]));
    const rows = nodes.filter((node) => names.has(node["Index Name"]));
    const sum = (of: (node: PlanNode) => number): number => rows.reduce((all, node) => all + of(node), 0);
    return {
      rows,
      kept: sum((node) => node["Actual Rows"]),
      removed: sum((node) => node["Rows Removed by Filter"] ?? 0),
    };
  };

  it("[PG-9] reads the partitions of its range alone", async () => {
    const read = async (from: number, to: number) =>
      (await explain(database, ARCHIVE_QUERIES.page, ["busy", 0, from, to, 101])).pages.map(
        (node) => node["Relation Name"],
      );

    const april = Date.UTC(2026, 3);
    assert.deepEqual(await read(april, april + DAY_MS), [month(2026, 3)]);
    assert.deepEqual(await read(april - 1, april + 1), [month(2026, 2), month(2026, 3)]);
    assert.deepEqual(await read(april - 2, april), [month(2026, 2)]);
    // What was there before the first partition and will be after the last is among the strays.
    assert.deepEqual(await read(FIRST - 1, FIRST + 1), [month(2025, 6), "archive_item_stray"]);
  });
});
