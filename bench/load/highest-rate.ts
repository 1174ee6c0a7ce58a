/** One rate that was tried. */
export interface Trial<T> {
  readonly rate: number;
  /** Why the rate does not hold; undefined when it does. */
  readonly failure: string | undefined;
  readonly outcome: T;
}

export interface Found<T> {
  /** The highest rate that held; undefined when none did. */
  readonly held: Trial<T> | undefined;
  /** The lowest one above it that did not; undefined when the whole rate held. */
  readonly failed: Trial<T> | undefined;
}

export interface Search {
  /** The rate that is asked for; nothing above it is tried. */
  readonly top: number;
  /** The rate that is tried first. */
  readonly start: number;
  /** How often the gap between what holds and what does not is halved, as a ratio. */
  readonly halvings: number;
}

/** Ratio of one rate to the next while the gap is looked for: a server four times over its limit is bad for its memory only. */
const STRIDE = 4;
const LOWEST = 1;

/** Looks for the highest rate that holds, at most `top`: up or down in strides, then by halving the gap. */
export async function highestRate<T>(
  { top, start, halvings }: Search,
  attempt: (rate: number) => Promise<Trial<T>>,
): Promise<Found<T>> {
  let [held, failed]: [Trial<T> | undefined, Trial<T> | undefined] = [undefined, undefined];
  const look = async (rate: number): Promise<void> => {
    const trial = await attempt(rate);
    if (trial.failure === undefined) held = trial;
    else failed = trial;
  };
  const state = (): Found<T> => ({ held, failed });
  await look(Math.min(top, start));
  for (let { held: below, failed: above } = state(); ; { held: below, failed: above } = state()) {
    if (below !== undefined && above !== undefined) break;
    if (below !== undefined && below.rate >= top) break;
    if (above !== undefined && above.rate <= LOWEST) break;
    if (below !== undefined) await look(Math.min(top, below.rate * STRIDE));
    else if (above !== undefined) await look(Math.max(LOWEST, Math.round(above.rate / STRIDE)));
  }
  for (let left = halvings; left > 0; left -= 1) {
    const { held: below, failed: above } = state();
    if (below === undefined || above === undefined) break;
    const middle = Math.round(Math.sqrt(below.rate * above.rate));
    if (middle <= below.rate || middle >= above.rate) break;
    await look(middle);
  }
  return state();
}
