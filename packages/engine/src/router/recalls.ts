import type { Item } from "@barrage/protocol";

/** Which records a recall takes back: one by id, or all of a user before it. */
export function recalls(recall: Item & { readonly kind: "recall" }): (item: Item) => boolean {
  const { target, seq } = recall;
  if ("id" in target) return (item) => item.id === target.id;
  return (item) =>
    item.author.uid === target.uid && item.seq < seq && item.kind !== "room-event" && item.kind !== "recall";
}
