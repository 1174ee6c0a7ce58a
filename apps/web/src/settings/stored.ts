/** What the browser keeps for this page. A browser that keeps nothing (private mode, a strict frame) is no error. */
export function readStored(key: string, area: () => Storage = () => localStorage): string | null {
  try {
    return area().getItem(key);
  } catch {
    // Access alone may throw there; the page then starts from its defaults.
    return null;
  }
}

export function writeStored(
  key: string,
  value: string | null,
  area: () => Storage = () => localStorage,
): void {
  try {
    if (value === null) area().removeItem(key);
    else area().setItem(key, value);
  } catch {
    // Full or forbidden: the choice holds for this visit only.
  }
}
