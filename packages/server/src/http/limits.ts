// One place to look for what requests may hold at most: the protocol's limits, and those only HTTP has.
export {
  LIKES_PER_FRAME_MAX,
  MODES,
  NAME_MAX_GRAPHEMES,
  PTS_MAX_MS,
  ROLES,
  SIZE_MAX,
  SIZE_MIN,
} from "@barrage/protocol";

/** A day: a card that stays longer is a decoration, not a message. */
export const PIN_MAX_MS = 86_400_000;
export const GIFT_COUNT_MAX = 1_000_000;
export const GIFT_NAME_MAX_GRAPHEMES = 64;
/** Records of one page of history. */
export const PAGE_ITEMS_MAX = 1_000;
export const PAGE_ITEMS = 100;
/** Rows of a moderator's list. */
export const LIST_MAX = 500;
export const LIST_ITEMS = 100;
/** An ASS script is laid out as a whole, so its danmaku are held in memory: some 100 MB. */
export const ASS_ITEMS_MAX = 100_000;
/** An import may have texts longer than live ones: it is history, not a flood. Units: graphemes. */
export const IMPORT_CONTENT_MAX = 10_000;
/** Imports at one time: each holds its file's rows in memory. */
export const IMPORTS_AT_ONCE = 2;
/** Skipped rows that an import's answer names. */
export const SKIPPED_SHOWN_MAX = 100;
