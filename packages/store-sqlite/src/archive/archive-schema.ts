import type { Schema } from "../database/open-database.ts";

/** Control and paid records: what a viewer who comes back gets in any case. */
export const IS_KEPT = "json_extract(body, '$.kind') IN ('room-event', 'recall', 'superchat', 'gift')";

/**
 * archive.db. `latest_at` is the largest `at` of the room up to this seq, so it rises with seq even where `at` does not:
 * a range of time becomes a range of seq by two look-ups. `room.disorder` is how far an `at` lay behind `latest_at` at most.
 */
export const ARCHIVE_SCHEMA: Schema = [
  `
  CREATE TABLE item (
    seq       INTEGER PRIMARY KEY,
    room      TEXT NOT NULL,
    at        INTEGER NOT NULL,
    latest_at INTEGER NOT NULL,
    uid       TEXT NOT NULL,
    id        TEXT NOT NULL,
    hidden    INTEGER NOT NULL,
    body      TEXT NOT NULL
  ) STRICT;
  CREATE INDEX item_shown ON item (room, seq) WHERE hidden = 0;
  CREATE INDEX item_time ON item (room, latest_at, seq);
  CREATE INDEX item_author ON item (uid, room);
  CREATE INDEX item_id ON item (room, id);
  CREATE TABLE room (
    id        TEXT PRIMARY KEY,
    latest_at INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    disorder  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `CREATE INDEX item_kept ON item (room, seq) WHERE hidden = 0 AND ${IS_KEPT};`,
];
