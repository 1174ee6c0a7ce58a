import type { Measured } from "../trap.ts";

interface Gift {
  readonly price: number;
}

const BODIES = ['{"price":10}', '{"price":"20"}', '{"price":5}'];

/** A gift, or undefined for a body that is none. */
function decodeGift(body: string): Gift | undefined {
  const value: unknown = JSON.parse(body);
  if (typeof value !== "object" || value === null || !("price" in value)) return undefined;
  return typeof value.price === "number" ? { price: value.price } : undefined;
}

/** What comes from outside is decoded, and what does not fit is refused. */
export async function run(): Promise<Measured> {
  let total = 0;
  for (const body of BODIES) total += decodeGift(body)?.price ?? 0;
  return { what: "paid, of valid gifts", meant: 15, got: total };
}
