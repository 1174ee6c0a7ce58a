import type { Author, RoomView } from "@barrage/protocol";

/** What the server will let this viewer do in this room; the page offers nothing else. */
export interface Power {
  /** Recall, mute, ban, held queue, slow mode. */
  readonly moderates: boolean;
  /** Title, and closing the room. */
  readonly owns: boolean;
}

export function powerOf(you: Author | null, room: RoomView | undefined): Power {
  if (you === null || room === undefined) return { moderates: false, owns: false };
  const owns =
    you.role === "service" || (you.role === "host" && (room.owner === you.uid || room.owner === "system"));
  return { owns, moderates: owns || you.role === "moderator" };
}
