import { openDatabase } from "../database/open-database.ts";
import type { FileOptions } from "../database/open-database.ts";
import { archiveKeeper } from "./archive-keeper.ts";
import { archiveReader } from "./archive-reader.ts";
import { ARCHIVE_SCHEMA } from "./archive-schema.ts";
import { archiveWriter } from "./archive-writer.ts";

/** Everything the archive's thread can be asked for. */
export function archiveOperations(options: FileOptions) {
  const db = openDatabase(options, ARCHIVE_SCHEMA);
  return {
    ...archiveWriter(db),
    ...archiveReader(db),
    ...archiveKeeper(db),
    close: () => db.close(),
  };
}

export type ArchiveOperations = ReturnType<typeof archiveOperations>;
