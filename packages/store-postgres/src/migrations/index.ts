import { archive } from "./0001-archive.ts";
import { rooms } from "./0002-rooms.ts";
import { liveRooms } from "./0003-live-rooms.ts";
import type { Migration } from "./migration.ts";

/** Every migration, in order. */
export const MIGRATIONS: readonly Migration[] = [archive, rooms, liveRooms];
