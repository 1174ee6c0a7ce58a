import type { Item } from "@barrage/protocol";

/** JSON of an item without its texts: every field name, id, numbers and money at their longest. */
const FIELDS_BYTES = 420;

/** At most this many bytes as JSON in UTF-8, without encoding it: a UTF-16 unit takes at most three. */
export function itemBytesAtMost(item: Item): number {
  const { name, uid } = item.author;
  let units = name.length + uid.length;
  if ("content" in item) units += item.content.length;
  if (item.kind === "gift") units += item.gift_id.length + item.gift_name.length;
  if (item.kind === "room-event" && "title" in item.event) units += item.event.title.length;
  // A quote or backslash is escaped to two bytes, fewer than the three of the bound.
  return FIELDS_BYTES + units * 3;
}
