import type { Detect } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { RoomLedger } from "./ledger.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

/** The ledger of the room: per connection, published = delivered. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  let line = 0;
  class NotedLedger extends RoomLedger {
    override join(viewer: string): void {
      line = callerLine(file);
      super.join(viewer);
    }
  }
  const ledger = new NotedLedger();
  await programs[subject](ledger);
  return ledger.unbalanced().map((guilty) => ({ tool: "ledger", guilty, line }));
};
