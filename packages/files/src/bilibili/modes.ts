import type { Mode } from "@barrage/protocol";

const MODE_OF_NUMBER: Readonly<Record<number, Mode | "special">> = {
  1: "scroll",
  2: "scroll",
  3: "scroll",
  4: "bottom",
  5: "top",
  6: "reverse",
  7: "special",
  8: "special",
  9: "special",
};

/** Bilibili's mode number as ours; `special` for programs (7 advanced, 8 code, 9 BAS), `undefined` for no mode. */
export const modeOfNumber = (number: number): Mode | "special" | undefined => MODE_OF_NUMBER[number];

export const NUMBER_OF_MODE: Readonly<Record<Mode, number>> = { scroll: 1, bottom: 4, top: 5, reverse: 6 };
