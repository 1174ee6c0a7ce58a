/** Which way bytes go: from the client that connected to the proxy, or back to it. */
export type Stream = "upstream" | "downstream";

interface ToxicOf<Type extends string, Attributes> {
  readonly type: Type;
  /** `downstream` unless stated. */
  readonly stream?: Stream;
  /** Chance that a connection has it, 0 to 1; drawn once for each connection. 1 unless stated. */
  readonly toxicity?: number;
  readonly attributes: Attributes;
}

/**
 * What a proxy does to a link, in Toxiproxy's names, so that a toxic that somebody has written down there can be used here.
 *
 * Units      ms, but for the slicer's `delay` (microseconds); bytes; `rate` in 1,000 bytes a second.
 */
export type Toxic =
  | ToxicOf<"latency", { readonly latency: number; readonly jitter?: number }>
  | ToxicOf<"bandwidth", { readonly rate: number }>
  | ToxicOf<"slow_close", { readonly delay: number }>
  /** 0: nothing gets through, and the connection stays. */
  | ToxicOf<"timeout", { readonly timeout: number }>
  | ToxicOf<"reset_peer", { readonly timeout: number }>
  | ToxicOf<
      "slicer",
      { readonly average_size: number; readonly size_variation?: number; readonly delay?: number }
    >
  | ToxicOf<"limit_data", { readonly bytes: number }>;

export type ToxicType = Toxic["type"];
export type ToxicNamed<Type extends ToxicType> = Extract<Toxic, { readonly type: Type }>;

/** What an attribute may be at least, where that is not 0. */
const LEAST: Readonly<Record<string, number>> = { rate: 1, average_size: 1 };

/** Refuses what can never work: a RangeError that names the attribute. */
export function checkToxic(toxic: Toxic): void {
  const { toxicity = 1 } = toxic;
  if (!(toxicity >= 0 && toxicity <= 1)) throw new RangeError(`toxicity is 0 to 1, not ${toxicity}`);
  for (const [name, value] of Object.entries(toxic.attributes)) {
    const least = LEAST[name] ?? 0;
    if (!(value >= least && Number.isFinite(value)))
      throw new RangeError(`${name} of ${toxic.type} is ${least} or more, not ${value}`);
  }
  if (toxic.type !== "slicer") return;
  const { average_size: average, size_variation: variation = 0 } = toxic.attributes;
  if (variation >= average)
    throw new RangeError(`size_variation is below average_size, ${average}, not ${variation}`);
}
