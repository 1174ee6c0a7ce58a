import type { Settings } from "./settings.ts";

/** What a filter looks at. */
export interface Filtered {
  readonly uid: string;
  readonly text: string;
}

const fold = (text: string): string => text.normalize("NFKC").toLowerCase();

/** True for what this viewer does not want to see. Width and case do not matter. */
export function blockedBy(
  settings: Pick<Settings, "blockedWords" | "blockedUsers">,
): (what: Filtered) => boolean {
  const words = settings.blockedWords.map(fold).filter((word) => word !== "");
  const users = new Set(settings.blockedUsers.map(({ uid }) => uid));
  return ({ uid, text }) => {
    if (users.has(uid)) return true;
    if (words.length === 0) return false;
    const folded = fold(text);
    return words.some((word) => folded.includes(word));
  };
}
