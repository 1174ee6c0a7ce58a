import type { RoomEvent, RoomView } from "@barrage/protocol";

/** The room after one of its events; the same object when nothing a viewer can see has changed. */
export function applyRoomEvent(room: RoomView, event: RoomEvent): RoomView {
  switch (event.type) {
    case "created":
      return { ...room, title: event.title, owner: event.owner };
    case "live":
      return room.live ? room : { ...room, live: true };
    case "offline":
      return room.live ? { ...room, live: false } : room;
    case "title":
      return { ...room, title: event.title };
    case "slow_mode":
      return { ...room, slow_mode_s: event.seconds };
    case "closed":
      return { ...room, closed: true, live: false };
    case "mute":
    case "unmute":
    case "ban":
    case "unban":
      return room;
  }
}
