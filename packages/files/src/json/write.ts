import type { Item } from "@barrage/protocol";
import { BARRAGE_JSON_VERSION } from "./parse.ts";

/** Writes Barrage's own export piece by piece: `open`, `item` for each record, `close`. */
export class BarrageJsonWriter {
  #first = true;

  open(room: string): string {
    return `{"format":"barrage","version":${BARRAGE_JSON_VERSION},"room":${JSON.stringify(room)},"items":[`;
  }

  item(item: Item): string {
    const separator = this.#first ? "\n" : ",\n";
    this.#first = false;
    return separator + JSON.stringify(item);
  }

  close(): string {
    return "\n]}\n";
  }
}

/** The records of a room in Barrage's own form, which loses nothing: one record a line. */
export function writeJson(items: Iterable<Item>, { room }: { readonly room: string }): string {
  const writer = new BarrageJsonWriter();
  const parts = [writer.open(room)];
  for (const item of items) parts.push(writer.item(item));
  parts.push(writer.close());
  return parts.join("");
}
