import { bucketsContract, slowModeContract } from "@barrage/testkit";
import { SlowMode } from "../src/ingest/slow-mode.ts";
import { TokenBuckets } from "../src/ingest/token-buckets.ts";

const nothingToRelease = { [Symbol.asyncDispose]: () => Promise.resolve() };

bucketsContract("TokenBuckets", (settings) =>
  Promise.resolve({ buckets: new TokenBuckets(settings), ...nothingToRelease }),
);

slowModeContract("SlowMode", () => Promise.resolve({ slowMode: new SlowMode(), ...nothingToRelease }));
