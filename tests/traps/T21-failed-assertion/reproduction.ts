import type { Measured } from "../trap.ts";

interface Gift {
  readonly price: number;
}

const BODIES = ['{"price":10}', '{"price":"20"}', '{"price":5}'];

/** Adds up the gifts that clients sent. */
export async function run(): Promise<Measured> {
  let total = 0;
  for (const body of BODIES) {
    const gift = JSON.parse(body) as Gift; // guilty
    total += gift.price;
  }
  return { what: "paid, of valid gifts", meant: 15, got: total };
}
