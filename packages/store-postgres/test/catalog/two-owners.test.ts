import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { emptyRoom } from "@barrage/engine";
import type { CataloguedRoom, CatalogWrite } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { danmaku, placed, recall, START_MS } from "@barrage/testkit";
import { writeCatalog } from "../../src/catalog/postgres-catalog.ts";
import { Link } from "../../src/connection/link.ts";
import { openPostgresStore, POOL_DEFAULTS } from "../../src/index.ts";
import type { PostgresStore } from "../../src/index.ts";
import { needsPostgres, temporaryServer } from "../support/temporary-archive.ts";
import type { Database } from "../support/temporary-archive.ts";

const ctx = background;
const RUNS = 25;
const ROOMS = ["a", "b", "c"];
/** Small, so that one write makes several inserts to be killed between. */
const ROWS_PER_INSERT = 2;
/** More statements than any write of these tests has. */
const STATEMENTS = 14;

/** A partition of the log: which room each record is of, by its place. */
interface Partition {
  readonly rooms: readonly string[];
  /** Records of this run come after those of the runs before. */
  readonly first: number;
}

const seqOf = ({ first }: Partition, place: number): number => first + place;

const itemAt = (partition: Partition, place: number) => {
  const seq = seqOf(partition, place);
  const room = partition.rooms[place] ?? "";
  const at = START_MS + seq;
  // Every fifth takes back what came before it.
  const entry =
    place % 5 === 4 ? { ...recall(`d${seq}`, { id: `d${seq - 1}` }), at } : danmaku(`d${seq}`, { at });
  return placed(room, seq, entry);
};

/** What the room's records up to this place add up to. */
const roomAt = (partition: Partition, place: number): CataloguedRoom => {
  const seq = seqOf(partition, place);
  const id = partition.rooms[place] ?? "";
  const n = partition.rooms.slice(0, place + 1).filter((room) => room === id).length;
  return { seq, state: { ...emptyRoom(id), title: `as of ${seq}`, head: { seq, n } } };
};

/** Records `from` to `to` of the log, and the states after the last of each room. */
function writeOf(partition: Partition, from: number, to: number): CatalogWrite {
  const places = Array.from({ length: to - from }, (_, i) => from + i);
  const rooms = new Map<string, CataloguedRoom>();
  for (const place of places) rooms.set(partition.rooms[place] ?? "", roomAt(partition, place));
  return { items: places.map((place) => itemAt(partition, place)), rooms: [...rooms.values()] };
}

const openLink = ({ url }: Database): Promise<Link> =>
  Link.open({ ...POOL_DEFAULTS, url, applicationName: "owner" }, () => undefined, ctx);

/** Writes in a process that dies when it has sent so many statements: it hears nothing of the last of them. */
async function writeAndDie(database: Database, write: CatalogWrite, statements: number): Promise<boolean> {
  const link = await openLink(database);
  const query = link.query.bind(link);
  let left = statements;
  link.query = (text, values, own) => {
    const answer = query(text, values, own);
    left -= 1;
    if (left === 0) link.destroy();
    return answer;
  };
  try {
    await writeCatalog(link, write, ROWS_PER_INSERT, ctx);
    await link.end();
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, "PG_UNREACHABLE");
    return false;
  }
}

/** An archiver: what it has not seen succeed it writes again. */
class Owner {
  position = 0;
  private readonly partition: Partition;
  private readonly database: Database;

  constructor(partition: Partition, database: Database) {
    this.partition = partition;
    this.database = database;
  }

  get isDone(): boolean {
    return this.position === this.partition.rooms.length;
  }

  async step(size: number, dies: number): Promise<void> {
    if (this.isDone) return;
    const to = Math.min(this.position + size, this.partition.rooms.length);
    const write = writeOf(this.partition, this.position, to);
    if (await writeAndDie(this.database, write, dies)) this.position = to;
  }
}

const step = fc.record({
  isOld: fc.boolean(),
  size: fc.integer({ min: 1, max: 6 }),
  /** After how many statements the process dies; more than there are: it does not. */
  dies: fc.oneof(fc.constant(STATEMENTS * 2), fc.integer({ min: 1, max: STATEMENTS })),
});

describe("archivers that own the same partition", needsPostgres(), () => {
  const server = temporaryServer();
  let database: Database;
  let store: PostgresStore;
  let made = 0;
  before(async () => {
    database = await server.database();
    store = openPostgresStore({ url: database.url });
    await store.prepare(ctx);
  });
  after(() => store.close());

  const partitionOf = (rooms: readonly string[]): Partition => {
    made += 1;
    return { rooms: rooms.map((room) => `${room}${made}`), first: made * 1_000 };
  };

  /** The seq as of which each room is there; checks that all up to there is, once. */
  const places = async (partition: Partition): Promise<ReadonlyMap<string, number>> => {
    // Before the items: what somebody sent before it died may be done at any moment, rooms and items in one.
    const found = new Map<string, number>();
    for (const room of new Set(partition.rooms)) {
      const stored = await store.catalog.find(room, ctx);
      if (stored === undefined) continue;
      found.set(room, stored.seq);
      assert.deepEqual(stored, roomAt(partition, stored.seq - partition.first));
    }
    const rows = await database.sql("SELECT room, seq FROM archive_item WHERE seq >= $1 ORDER BY seq", [
      partition.first,
    ]);
    const written = rows.map((row) => `${String(row["room"])} ${String(row["seq"])}`);
    assert.equal(new Set(written).size, written.length);
    for (const [place, room] of partition.rooms.entries()) {
      const seq = seqOf(partition, place);
      if (seq <= (found.get(room) ?? 0)) assert.equal(written.includes(`${room} ${seq}`), true, `${seq}`);
    }
    return found;
  };

  it("[PG-38] of a writer that ends between two statements nothing is there, and its successor writes it whole", async () => {
    const partition = partitionOf(Array.from({ length: 9 }, (_, i) => ROOMS[i % 3] ?? ""));
    const write = writeOf(partition, 0, 9);
    const table = async () =>
      database.sql(
        "SELECT (SELECT count(*) FROM archive_item WHERE seq >= $1)::int AS items, " +
          "(SELECT count(*) FROM room_state WHERE seq >= $1)::int AS rooms",
        [partition.first],
      );

    let statements = 1;
    // The last that it sends is COMMIT: it may have been heard or not.
    while (!(await writeAndDie(database, write, statements + 1))) {
      const [{ items, rooms } = {}] = await table();
      const isWhole = items === 9 && rooms === 3;
      assert.equal(
        isWhole || (items === 0 && rooms === 0),
        true,
        `${String(items)} items, ${String(rooms)} rooms`,
      );
      statements += 1;
    }

    assert.equal(statements >= 7, true, `only ${statements} statements`);
    assert.deepEqual(await table(), [{ items: 9, rooms: 3 }]);
    await places(partition);
  });

  it("[PG-39] write each item once and set no room back, wherever each of them dies", async () => {
    const property = fc.asyncProperty(
      fc.array(fc.constantFrom(...ROOMS), { minLength: 1, maxLength: 20 }),
      fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
      async (rooms, rounds) => {
        const partition = partitionOf(rooms);
        const [old, next] = [new Owner(partition, database), new Owner(partition, database)];
        let before = await places(partition);
        for (const round of rounds) {
          const owners = [old, next].map(async (owner) => {
            for (const { isOld, size, dies } of round) {
              if (isOld === (owner === old)) await owner.step(size, dies);
            }
          });
          await Promise.all(owners);
          const now = await places(partition);
          for (const [room, seq] of before) assert.equal((now.get(room) ?? 0) >= seq, true, room);
          before = now;
        }
        while (!next.isDone) await next.step(6, STATEMENTS * 2);
        // The one that was overtaken ends what it was at.
        while (!old.isDone) await old.step(6, STATEMENTS * 2);

        const end = await places(partition);
        for (const room of new Set(partition.rooms)) {
          assert.equal(end.get(room), seqOf(partition, partition.rooms.lastIndexOf(room)));
        }
        const { items } = await store.archive.query(
          { room: partition.rooms[0] ?? "", after: 0, limit: 99 },
          ctx,
        );
        const recalled = new Set(
          items.flatMap((item) => (item.kind === "recall" && "id" in item.target ? [item.target.id] : [])),
        );
        assert.equal(
          items.some(({ id }) => recalled.has(id)),
          false,
        );
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  });
});
