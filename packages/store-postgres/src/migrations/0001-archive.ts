import type { Migration } from "./migration.ts";

/**
 * Items, cut by the moment of their ingest (`at`, ms). `archive_item_stray` takes what lies in no other partition: imports
 * of old recordings, clocks that are wrong.
 *
 * A record is always of the same room and has the same `at`, so a second write of it meets the first in the same partition,
 * at (room, at, seq). No index begins with `seq` or `at` alone: paging by it would read what is of other rooms.
 *
 * `archive_room.disorder` is by how much an `at` lies below that of any earlier record of the room at most. With it a range
 * of time becomes a range of seq by two look-ups, though times do not rise with seq everywhere.
 *
 * What is older than `archive_floor.at` is not there for any reader; its table goes when all of it is.
 */
export const archive: Migration = {
  id: 1,
  name: "archive",
  sql: `
CREATE TABLE archive_item (
  seq    bigint  NOT NULL,
  at     bigint  NOT NULL,
  room   text    COLLATE "C" NOT NULL,
  uid    text    COLLATE "C" NOT NULL,
  id     text    COLLATE "C" NOT NULL,
  hidden boolean NOT NULL DEFAULT false,
  body   text    COLLATE "C" NOT NULL,
  PRIMARY KEY (room, at, seq)
) PARTITION BY RANGE (at);
CREATE INDEX archive_item_shown ON archive_item (room, seq) WHERE NOT hidden;
CREATE INDEX archive_item_age ON archive_item USING brin (at) WITH (autosummarize = on);
CREATE INDEX archive_item_author ON archive_item (uid, room, seq);
CREATE INDEX archive_item_id ON archive_item (room, id);
CREATE TABLE archive_item_stray PARTITION OF archive_item DEFAULT;
CREATE TABLE archive_room (
  id        text   COLLATE "C" PRIMARY KEY,
  latest_at bigint NOT NULL,
  last_seq  bigint NOT NULL,
  disorder  bigint NOT NULL
);
CREATE TABLE archive_floor (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  at  bigint NOT NULL
);
INSERT INTO archive_floor (at) VALUES (-9223372036854775808);
`,
};
