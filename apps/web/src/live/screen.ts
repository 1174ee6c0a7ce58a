import type { SeenItem } from "@barrage/client";
import { createOverlay, PRIORITY } from "@barrage/overlay";
import type { Overlay, OverlayItem } from "@barrage/overlay";
import type { MergedCount } from "@barrage/protocol";
import { blockedBy } from "../settings/filter.ts";
import { overlayChange } from "../settings/settings.ts";
import type { Settings } from "../settings/settings.ts";
import { isRecalled } from "./rows.ts";
import type { Danmaku, Superchat } from "./rows.ts";

/** A danmaku over the film, with the record it shows. */
export interface ScreenItem extends OverlayItem {
  readonly record: Danmaku | Superchat;
}

const WHITE = 0xffffff;
const SUPERCHAT_COLOR = 0xffd666;
const SUPERCHAT_SIZE = 30;

/** Danmaku remembered (a count): more than any screen shows at once. */
const SHOWN_MAX = 1_000;

/** The danmaku over the film, as this viewer wants them. */
export class Screen {
  readonly #overlay: Overlay<ScreenItem>;
  #settings: Settings;
  #isBlocked: ReturnType<typeof blockedBy>;
  /** Ids of the danmaku that were shown last, by seq: counts come by it. */
  readonly #shown = new Map<number, string>();

  constructor(container: HTMLElement, settings: Settings) {
    this.#settings = settings;
    this.#isBlocked = blockedBy(settings);
    this.#overlay = createOverlay<ScreenItem>(container, { settings: overlayChange(settings) });
  }

  update(settings: Settings): void {
    this.#settings = settings;
    this.#isBlocked = blockedBy(settings);
    this.#overlay.update(overlayChange(settings));
    this.#overlay.removeBy(({ record }) => this.#isHidden(record));
  }

  /** `grows`: the room merges equal danmaku, so its count may grow while it is shown. */
  show(item: SeenItem, options: { readonly grows: boolean }): void {
    if (item.kind === "recall") {
      this.#overlay.removeBy(({ record }) => isRecalled(record, item));
    } else if ((item.kind === "danmaku" || item.kind === "superchat") && !this.#isHidden(item)) {
      this.#overlay.show({ ...this.#itemOf(item), grows: options.grows }, priorityOf(item));
      this.#remember(item);
    }
  }

  /** Equal danmaku came: the one that is shown says how many. */
  recount({ seq, count }: MergedCount): void {
    const id = this.#shown.get(seq);
    if (id !== undefined && !this.#overlay.recount(id, count)) this.#shown.delete(seq);
  }

  #remember({ seq, id }: SeenItem): void {
    this.#shown.set(seq, id);
    if (this.#shown.size <= SHOWN_MAX) return;
    for (const oldest of this.#shown.keys()) {
      this.#shown.delete(oldest);
      break;
    }
  }

  hitTest(x: number, y: number): Danmaku | Superchat | undefined {
    return this.#overlay.hitTest(x, y)?.record;
  }

  destroy(): void {
    this.#overlay.destroy();
  }

  #isHidden(record: Danmaku | Superchat): boolean {
    return !record.own && this.#isBlocked({ uid: record.author.uid, text: record.content });
  }

  #itemOf(record: Danmaku | Superchat): ScreenItem {
    const { id, content: text, own } = record;
    const count = record.kind === "danmaku" ? record.merged : undefined;
    if (record.kind === "superchat") {
      return { id, text, mode: "top", color: SUPERCHAT_COLOR, size: SUPERCHAT_SIZE, own, record };
    }
    const color = this.#settings.colourful ? record.color : WHITE;
    return { id, text, mode: record.mode, color, size: record.size, own, count, record };
  }
}

function priorityOf(record: Danmaku | Superchat): number {
  if (record.own) return PRIORITY.own;
  if (record.kind === "superchat") return PRIORITY.paid;
  return record.author.role === "viewer" ? PRIORITY.normal : PRIORITY.host;
}
