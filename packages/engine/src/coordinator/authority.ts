import { protocolError } from "@barrage/protocol";
import type { Principal } from "../engine.ts";
import type { RoomState } from "../room/state.ts";

/** Errors: BARRAGE_FORBIDDEN unless `who` may moderate: moderators everywhere, hosts their own rooms, services all. */
export function requireModerator(who: Principal, state: RoomState): void {
  if (who.role === "moderator" || who.role === "service") return;
  if (who.role === "host" && owns(who, state)) return;
  throw protocolError("BARRAGE_FORBIDDEN", { role: "moderator" });
}

/** Errors: BARRAGE_FORBIDDEN unless `who` may run the room: its host, or a service. */
export function requireHost(who: Principal, state: RoomState): void {
  if (who.role === "service") return;
  if (who.role === "host" && owns(who, state)) return;
  throw protocolError("BARRAGE_FORBIDDEN", { role: "host" });
}

// A room made on first use belongs to nobody yet, so any host may run it.
const owns = (who: Principal, state: RoomState): boolean =>
  state.owner === who.uid || state.owner === "system";
