/** Plain decimals, as files write them: no exponent, no sign. */
const DECIMAL = /^\d+(?:\.\d*)?$|^\.\d+$/;

/**
 * The number in `text` times 10^places, rounded once; `undefined` for what is no plain decimal.
 * `Number(text) * 1000` would round twice: 481.894 s would not be 481894 ms.
 */
export function parseDecimal(text: string, places: number): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(`${text}e${places}`);
  return Number.isFinite(value) ? value : undefined;
}

/** `value` (not negative) times 10^places as the shortest plain decimal: `parseDecimal(writeDecimal(x, -3), 3)` is x. */
export function writeDecimal(value: number, places: number): string {
  if (value === 0) return "0";
  const [mantissa = "0", exponent = "0"] = value.toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const point = 1 + Number(exponent) + places;
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return digits + "0".repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

export function parseInteger(text: string, max: number): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}
