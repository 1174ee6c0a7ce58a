import type { Migration } from "./migration.ts";

/** The live rooms in the order of their ids, however many others there are. */
export const liveRooms: Migration = {
  id: 3,
  name: "live rooms",
  sql: `
CREATE INDEX room_state_live ON room_state (id) WHERE live AND NOT closed;
`,
};
