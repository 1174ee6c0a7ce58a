/**
 * Gunther's Universal Scalability Law: X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)).
 *
 * Units      N is a load in multiples of the smallest one measured; lambda is in what X is in, at N = 1.
 */
export interface ScalabilityLaw {
  readonly lambda: number;
  /** Contention: the share of work that must be done one after the other. */
  readonly sigma: number;
  /** Crosstalk: the cost of keeping everybody in agreement. */
  readonly kappa: number;
}

/** What slows down: 1, at N = 1, and more after. */
const strain = (n: number, { sigma, kappa }: ScalabilityLaw): number =>
  1 + sigma * (n - 1) + kappa * n * (n - 1);

export const throughputAt = (n: number, law: ScalabilityLaw): number => (law.lambda * n) / strain(n, law);

/** The same law for times: the time at N = 1 is `lambda`. */
export const latencyAt = (n: number, law: ScalabilityLaw): number => law.lambda * strain(n, law);

/** The load of most throughput, sqrt((1 - sigma) / kappa); undefined where throughput never falls. */
export const peakOf = ({ sigma, kappa }: ScalabilityLaw): number | undefined =>
  kappa > 0 && sigma < 1 ? Math.sqrt((1 - sigma) / kappa) : undefined;
