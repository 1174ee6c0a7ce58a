import type { Entry } from "@barrage/protocol";

/**
 * `entry` with everything personal overwritten: who wrote it and what they wrote. Id, kind and time stay, so places and
 * ordinals do; what a record did to its room stays too (a ban that an erased host spoke still holds).
 */
export function erasedEntry(entry: Entry): Entry {
  const author = { uid: "", name: "", role: entry.author.role };
  const base = { id: entry.id, at: entry.at, author };
  switch (entry.kind) {
    case "danmaku": {
      const { mode, color, size } = entry;
      return { ...base, kind: "danmaku", content: "", mode, color, size };
    }
    case "superchat": {
      const { amount_micros, currency, pin_ms } = entry;
      return { ...base, kind: "superchat", content: "", amount_micros, currency, pin_ms };
    }
    case "gift": {
      const { amount_micros, currency, gift_id, gift_name, count } = entry;
      return { ...base, kind: "gift", amount_micros, currency, gift_id, gift_name, count };
    }
    case "like":
      return { ...base, kind: "like", count: entry.count };
    case "enter":
      return { ...base, kind: "enter" };
    case "recall":
    case "room-event":
      return { ...entry, author };
  }
}
