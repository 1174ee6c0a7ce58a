import type { Context } from "@barrage/kernel";
import { POLICY_MAX } from "@barrage/protocol";
import type { UniquePolicy } from "@barrage/protocol";
import type { Saying, UniqueModeStore } from "../ports/index.ts";
import { RecentMap } from "../recent-map.ts";
import { RecentTexts } from "../room/policies/recent-texts.ts";
import { textKey } from "../room/policies/text-key.ts";

/** Of one room's texts, and UTF-16 units of them; beyond either the oldest is forgotten, which can only be kinder. */
const BOUNDS = { texts: POLICY_MAX.unique.count, units: 65_536 };
/** Rooms whose texts are remembered; beyond it those of the room that was least recently spoken in are forgotten. */
const ROOMS_MAX = 1_024;

interface Said {
  /** `clock.now()`, ms. */
  readonly at: number;
  /** Which one of the room's danmaku it was. */
  readonly nth: number;
  readonly id: string;
  readonly key: string | undefined;
}

interface RoomTexts {
  readonly texts: RecentTexts<Said>;
  nth: number;
}

/** Unique mode in this process's memory. */
export class UniqueMode implements UniqueModeStore {
  private readonly rooms = new RecentMap<string, RoomTexts>(ROOMS_MAX);

  enter(
    room: string,
    { id, content, key }: Saying,
    { seconds, count }: UniquePolicy,
    { clock }: Context,
  ): number {
    const now = clock.now();
    const said = this.of(room);
    const text = textKey(content);
    const last = said.texts.get(text);
    if (last?.key !== undefined && last.key === key) return 0;
    if (last !== undefined && said.nth - last.nth < count) {
      const wait = last.at + seconds * 1_000 - now;
      if (wait > 0) return Math.ceil(wait);
    }
    said.nth += 1;
    said.texts.add(text, { at: now, nth: said.nth, id, key });
    return 0;
  }

  undo(room: string, { id, content }: Saying): void {
    const texts = this.rooms.get(room)?.texts;
    const text = textKey(content);
    if (texts?.get(text)?.id === id) texts.delete(text);
  }

  private of(room: string): RoomTexts {
    const found = this.rooms.get(room) ?? { texts: new RecentTexts<Said>(BOUNDS), nth: 0 };
    this.rooms.set(room, found);
    return found;
  }
}
