import type { EngineSettings } from "@barrage/engine";
import { newRoomPolicies } from "./policies-section.ts";
import type { ServerConfig } from "./schema.ts";

/** The engine's settings as this configuration has them. */
export function engineSettingsOf({ engine, mode }: ServerConfig): EngineSettings {
  const autoCreate = engine.rooms.autoCreate ?? mode === "development";
  const policies = newRoomPolicies(engine.rooms.policies);
  return { ...engine, rooms: { ...engine.rooms, autoCreate, policies } };
}
