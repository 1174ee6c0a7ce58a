/** One role of `barrage cluster up`: `barrage serve`, which ends in good order when who started it is gone. */
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
// Only listened to: it must not keep a server alive that has ended.
process.channel?.unref();
await import("./main.ts");
