import { it } from "node:test";
import { archiveContract, auditContract, catalogContract, hasPostgres } from "@barrage/testkit";
import {
  needsPostgres,
  temporaryArchive,
  temporaryServer,
  temporaryStore,
} from "./support/temporary-archive.ts";

/** While it is there no row of rooms can be written, and a write has come as far as its rooms. */
const refuse = {
  true: "ALTER TABLE room_state ADD CONSTRAINT refused CHECK (false) NOT VALID",
  false: "ALTER TABLE room_state DROP CONSTRAINT refused",
};

if (hasPostgres()) {
  const server = temporaryServer();
  archiveContract("PostgresArchive", () => temporaryArchive(server));
  auditContract("PostgresAudit", () => temporaryStore(server));
  catalogContract("PostgresCatalog", async () => {
    const { catalog, archive, database, close } = await temporaryStore(server);
    const refuseRooms = async (isRefused: boolean): Promise<void> => {
      await database.sql(refuse[`${isRefused}`]);
    };
    return { catalog, archive, refuseRooms, [Symbol.asyncDispose]: close };
  });
} else
  it("PostgreSQL as an archive, a catalogue of rooms and an audit log", needsPostgres(), () => undefined);
