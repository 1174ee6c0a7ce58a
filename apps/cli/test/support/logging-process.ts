/** A process that logs more than its pipe holds, says so, and then fails. */
import { logTo } from "../../src/serve/logging.ts";

const LINES = 10_000;

// As a library does that looks whether it is a screen: from then on a full pipe is refused instead of waited for.
process.stderr.on("error", () => undefined);
const log = logTo("json", "info");
process.once("message", () => {
  throw new Error("the one that nobody has caught");
});
for (let i = 0; i < LINES; i += 1) log.info({ i }, "x".repeat(200));
process.send?.(LINES);
