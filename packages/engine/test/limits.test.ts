import { bucketsContract, slowModeContract } from "@barrage/testkit";
import { SlowMode } from "../src/ingest/slow-mode.ts";
import { TokenBuckets } from "../src/ingest/token-buckets.ts";

const nothingToRelease = { [Symbol.asyncDispose]: () => Promise.resolve() };

bucketsContract("TokenBuckets", (settings) => {
  const inner = new TokenBuckets(settings);
  const buckets = {
    take: (key: string, { clock }: { clock: { now(): number } }) => inner.take(key, clock.now()),
  };
  return Promise.resolve({ buckets, ...nothingToRelease });
});

slowModeContract("SlowMode", () => {
  const inner = new SlowMode();
  const slowMode = {
    enter: (room: string, uid: string, seconds: number, { clock }: { clock: { now(): number } }) =>
      inner.enter(room, uid, seconds, clock.now()),
    undo: (room: string, uid: string) => inner.undo(room, uid),
  };
  return Promise.resolve({ slowMode, ...nothingToRelease });
});
