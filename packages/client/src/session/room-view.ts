import { changePolicies, withSlowMode } from "@barrage/protocol";
import type { PolicyChange, RoomEvent, RoomPolicies, RoomView } from "@barrage/protocol";

/** The room after one of its events; the same object when nothing a viewer can see has changed. */
export function applyRoomEvent(room: RoomView, event: RoomEvent): RoomView {
  switch (event.type) {
    case "created":
      return { ...withSlow(room, event.policies ?? {}), title: event.title, owner: event.owner };
    case "live":
      return room.live ? room : { ...room, live: true };
    case "offline":
      return room.live ? { ...room, live: false } : room;
    case "title":
      return { ...room, title: event.title };
    case "slow_mode":
      return { ...room, slow_mode_s: event.seconds };
    case "policies":
      return withSlow(room, event.change);
    case "closed":
      return { ...room, closed: true, live: false };
    case "mute":
    case "unmute":
    case "ban":
    case "unban":
      return room;
  }
}

function withSlow(room: RoomView, { slow }: PolicyChange): RoomView {
  const seconds = slow === undefined ? room.slow_mode_s : slow.mode === "on" ? slow.seconds : 0;
  return seconds === room.slow_mode_s ? room : { ...room, slow_mode_s: seconds };
}

/** The room's policies after one of its events; the same object when nothing has changed. */
export function applyPolicyEvent(policies: RoomPolicies, event: RoomEvent): RoomPolicies {
  switch (event.type) {
    case "created":
      return event.policies === undefined ? policies : changePolicies(policies, event.policies);
    case "slow_mode":
      return withSlowMode(policies, event.seconds);
    case "policies":
      return changePolicies(policies, event.change);
    case "live":
    case "offline":
    case "title":
    case "closed":
    case "mute":
    case "unmute":
    case "ban":
    case "unban":
      return policies;
  }
}
