import type { Author, Entry } from "@barrage/protocol";

/**
 * What readers see of a record whose author was erased: its id, kind, time, and what it did to the room. Built up from
 * what stays, so that a field that entries get later is not shown by mistake.
 */
export function blankEntry(entry: Entry): Entry {
  const { id, at } = entry;
  const author: Author = { uid: "", name: "", role: entry.author.role };
  switch (entry.kind) {
    case "danmaku":
      return {
        kind: "danmaku",
        id,
        at,
        author,
        content: "",
        mode: entry.mode,
        color: entry.color,
        size: entry.size,
      };
    case "superchat": {
      const { amount_micros, currency, pin_ms } = entry;
      return { kind: "superchat", id, at, author, content: "", amount_micros, currency, pin_ms };
    }
    case "gift": {
      const { amount_micros, currency, gift_id, gift_name, count } = entry;
      return { kind: "gift", id, at, author, amount_micros, currency, gift_id, gift_name, count };
    }
    case "like":
      return { kind: "like", id, at, author, count: entry.count };
    case "enter":
      return { kind: "enter", id, at, author };
    case "recall":
    case "room-event":
      return { ...entry, author };
  }
}
