import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { RecentWindow } from "../ports/index.ts";

/** Which records a recall takes back: one by id, or all of a user before it. */
export function recalls(recall: Item & { readonly kind: "recall" }): (item: Item) => boolean {
  const { target, seq } = recall;
  if ("id" in target) return (item) => item.id === target.id;
  return (item) =>
    item.author.uid === target.uid && item.seq < seq && item.kind !== "room-event" && item.kind !== "recall";
}

/**
 * `items` as a window is to have them: without those that a later one of them takes back. What they took back of
 * before is the window's own to remove.
 */
export function withoutRecalled<T extends Item>(items: readonly T[]): readonly T[] {
  const goes: ((item: Item) => boolean)[] = [];
  for (const item of items) {
    if (item.kind !== "recall") continue;
    const isTaken = recalls(item);
    goes.push((other) => other.seq < item.seq && isTaken(other));
  }
  return goes.length === 0 ? items : items.filter((item) => !goes.some((isTaken) => isTaken(item)));
}

/** Takes out of the room's window what the recalls among `items` take back. */
export async function removeRecalled(
  window: Pick<RecentWindow, "remove">,
  room: string,
  items: readonly Item[],
  ctx: Context,
): Promise<void> {
  for (const item of items) if (item.kind === "recall") await window.remove(room, recalls(item), ctx);
}
