/**
 * One role of `barrage cluster up`: `barrage serve`, which ends when who started it is gone. At once, as by SIGKILL: the
 * servers beneath it end at the same moment, and what was acknowledged is in their files.
 */
import { sayLast } from "./last-words.ts";

process.once("disconnect", () => {
  sayLast(`process ${process.pid} ends at once: who started it is no more`);
  process.exit(1);
});
// Only listened to: it must not keep a server alive that has ended.
process.channel?.unref();
await import("./main.ts");
