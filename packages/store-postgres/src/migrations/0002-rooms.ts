import type { Migration } from "./migration.ts";

/**
 * Room states as far as the archive has come (`seq`), and what people with power did.
 *
 * `room_state.state` is the whole state as JSON; the columns beside it are for ordering and for people who look. `newest` is
 * the largest `at` of the room's items, ms: places of different partitions of the log say nothing about which came later.
 *
 * `archive_item.kept` is false where a record is neither control nor paid. Rows that an earlier program wrote have null,
 * which counts as kept: readers of kept records may get more than they asked for, but never less.
 */
export const rooms: Migration = {
  id: 2,
  name: "rooms",
  sql: `
CREATE TABLE room_state (
  id       text    COLLATE "C" PRIMARY KEY,
  seq      bigint  NOT NULL,
  head_seq bigint  NOT NULL,
  head_n   bigint  NOT NULL,
  closed   boolean NOT NULL,
  live     boolean NOT NULL,
  newest   bigint  NOT NULL,
  state    text    COLLATE "C" NOT NULL
);
CREATE INDEX room_state_open ON room_state (newest DESC, seq DESC, id) WHERE NOT closed;
CREATE TABLE audit (
  place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at    bigint NOT NULL,
  room  text   COLLATE "C" NOT NULL,
  body  text   COLLATE "C" NOT NULL
);
CREATE INDEX audit_newest ON audit (room, place);
CREATE INDEX audit_age ON audit (at);
ALTER TABLE archive_item ADD COLUMN kept boolean;
CREATE INDEX archive_item_kept ON archive_item (room, seq) WHERE NOT hidden AND kept IS NOT FALSE;
`,
};
