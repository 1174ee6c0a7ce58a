/** Loaded before a role's program: its wall clock is off by the ms that the file FAULTS_CLOCK says, from one moment to the next. */
import { existsSync, readFileSync } from "node:fs";

const LOOK_EVERY_MS = 20;
const file = process.env["FAULTS_CLOCK"] ?? "";
const Real = Date;
let offset = 0;

function look(): void {
  offset = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
}
look();
const looking = setInterval(look, LOOK_EVERY_MS);
looking.unref();
process.once("exit", () => clearInterval(looking));

/** `Date` without arguments is now; with any it is what it was. */
class ShiftedDate extends Real {
  constructor(...args: readonly unknown[]) {
    if (args.length === 0) super(Real.now() + offset);
    else super(...(args as [number]));
  }

  static override now(): number {
    return Real.now() + offset;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
