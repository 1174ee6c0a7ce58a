import { it } from "node:test";
import { archiveContract, auditContract, hasPostgres } from "@barrage/testkit";
import {
  needsPostgres,
  temporaryArchive,
  temporaryServer,
  temporaryStore,
} from "./support/temporary-archive.ts";

if (hasPostgres()) {
  const server = temporaryServer();
  archiveContract("PostgresArchive", () => temporaryArchive(server));
  auditContract("PostgresAudit", () => temporaryStore(server));
} else it("PostgreSQL as an archive and audit log", needsPostgres(), () => undefined);
