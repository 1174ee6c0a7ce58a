import type { Schema } from "../database/open-database.ts";

/**
 * danmaku.db. `log.seq` is AUTOINCREMENT, so a number is never used twice, not even after retention emptied the table.
 * A key is a digest: it says nothing of the user once the record itself is erased.
 * Bodies lie in tables with ascending keys, whose rows never move: what secure_delete zeroes has no second copy.
 */
export const LOG_SCHEMA: Schema = [
  `
  CREATE TABLE log (
    seq  INTEGER PRIMARY KEY AUTOINCREMENT,
    room TEXT NOT NULL,
    at   INTEGER NOT NULL,
    uid  TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX log_room ON log (room);

  CREATE TABLE idempotency (
    digest    BLOB PRIMARY KEY,
    body_hash TEXT NOT NULL,
    id        TEXT NOT NULL,
    seq       INTEGER,
    at        INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_at ON idempotency (at);

  CREATE TABLE held (
    place   INTEGER PRIMARY KEY AUTOINCREMENT,
    room    TEXT NOT NULL,
    id      TEXT NOT NULL,
    at      INTEGER NOT NULL,
    uid     TEXT NOT NULL,
    digest  BLOB,
    matched TEXT NOT NULL,
    body    TEXT NOT NULL,
    UNIQUE (room, id)
  ) STRICT;

  CREATE TABLE consumer (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE room (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL) STRICT;

  CREATE TABLE audit (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    room  TEXT NOT NULL,
    body  TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_room ON audit (room);

  CREATE TABLE probe (one INTEGER PRIMARY KEY CHECK (one = 1), filling BLOB NOT NULL) STRICT;
  `,
];
