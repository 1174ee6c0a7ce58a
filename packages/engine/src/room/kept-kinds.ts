import type { Item } from "@barrage/protocol";

/** Control and paid: what whoever comes back gets in any case. */
export const isKept = ({ kind }: Pick<Item, "kind">): boolean =>
  kind === "room-event" || kind === "recall" || kind === "superchat" || kind === "gift";
