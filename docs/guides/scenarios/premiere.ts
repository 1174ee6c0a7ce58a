import { defineScenario } from "@barrage/load";

/** Every ten minutes of an hour, half a minute in which everybody writes at once. */
const waves = Array.from({ length: 6 }, () => ["hold 570s 20", "spike 30s x20"]).flat();

export default defineScenario({
  name: "premiere",
  rooms: ["premiere"],
  viewers: 5_000,
  users: 2_000,
  stages: waves,
  behaviours: waves.flatMap((_, wave) =>
    wave % 2 === 0 ? [] : [{ reconnect: { at: (wave + 1) * 300 - 15, share: 0.1 } }],
  ),
  thresholds: ["p99<250", "lost<=0"],
});
