import { FakeClock } from "@barrage/testkit";

/** A clock whose wall time the administrator, or NTP, sets back by two seconds after five. */
export class SteppingClock extends FakeClock {
  override wall(): number {
    return super.wall() - (this.now() >= 5_000 ? 2_000 : 0);
  }
}
