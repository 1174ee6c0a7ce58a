import { it } from "node:test";
import { archiveContract } from "@barrage/testkit";
import {
  hasPostgres,
  needsPostgres,
  temporaryArchive,
  temporaryServer,
} from "./support/temporary-archive.ts";

if (hasPostgres) {
  const server = temporaryServer();
  archiveContract("PostgresArchive", () => temporaryArchive(server));
} else it("PostgresArchive as an archive", needsPostgres(), () => undefined);
