/**
 * RGB of a colour as JSON files write it: a number, `#rrggbb`, CSS's `#rgb`, or hex digits that lost their leading
 * zeros (`#ff` for 0x0000ff). Three digits are read as CSS does, because browsers showed them so.
 */
export function parseColorText(value: unknown): number | undefined {
  if (typeof value === "number") {
    return Number.isInteger(value) && value >= 0 && value <= 0xffffff ? value : undefined;
  }
  if (typeof value !== "string") return undefined;
  const digits = /^#([0-9a-f]{1,6})$/i.exec(value.trim())?.[1];
  if (digits === undefined) return undefined;
  const full = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  return Number.parseInt(full, 16);
}

export const writeColorText = (color: number): string => `#${color.toString(16).padStart(6, "0")}`;
