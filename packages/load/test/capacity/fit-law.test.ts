import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Random } from "../../src/index.ts";
import { bandOf, repeatedLaws } from "../../src/capacity/bootstrap.ts";
import { fitLaw } from "../../src/capacity/fit-law.ts";
import type { Fit, FitForm, NoFit, Point } from "../../src/capacity/fit-law.ts";
import { latencyAt, peakOf, throughputAt } from "../../src/capacity/scalability-law.ts";
import type { ScalabilityLaw } from "../../src/capacity/scalability-law.ts";

const LOADS = [1, 2, 4, 8, 12, 16, 20, 24, 28, 32];
const UNIT = 50;

/** From -1 to 1, by seed. */
const noise = (random: Random): number => random.next() * 2 - 1;

const pointsOf = (law: ScalabilityLaw, spread: number, seed = 1, form: FitForm = "throughput"): Point[] => {
  const random = new Random(seed);
  const at = form === "throughput" ? throughputAt : latencyAt;
  return LOADS.map((n) => ({ load: n * UNIT, value: at(n, law) * (1 + spread * noise(random)) }));
};

const fitted = (fit: Fit | NoFit): Fit => {
  if (fit.kind === "no fit") throw new Error(fit.why);
  return fit;
};

const laws = fc.record({
  lambda: fc.double({ min: 1, max: 5_000, noNaN: true }),
  sigma: fc.double({ min: 0, max: 0.2, noNaN: true }),
  kappa: fc.double({ min: 0.0005, max: 0.02, noNaN: true }),
});

const close = (actual: number, exact: number, limit: number, what: string): void =>
  assert.equal(Math.abs(actual - exact) <= limit, true, `${what}: ${actual}, exactly ${exact}`);

describe("the Universal Scalability Law", () => {
  it("[LD-70] is found exactly where the points are exact", () => {
    fc.assert(
      fc.property(laws, fc.constantFrom<FitForm>("throughput", "latency"), (law, form) => {
        const found = fitted(fitLaw(form, pointsOf(law, 0, 1, form))).law;

        close(found.lambda / law.lambda, 1, 1e-6, "lambda");
        close(found.sigma, law.sigma, 1e-6, "sigma");
        close(found.kappa, law.kappa, 1e-6, "kappa");
      }),
    );
  });

  it("[LD-70] is found within a tolerance under 2 % of noise", () => {
    fc.assert(
      fc.property(laws, fc.integer({ min: 1, max: 1_000_000 }), (law, seed) => {
        const { law: found, residuals } = fitted(fitLaw("throughput", pointsOf(law, 0.02, seed)));

        close(found.lambda / law.lambda, 1, 0.08, "lambda");
        close(found.sigma, law.sigma, 0.05, "sigma");
        close(found.kappa, law.kappa, 0.0005 + 0.15 * law.kappa, "kappa");
        assert.equal(
          residuals.every(({ relative }) => Math.abs(relative) < 0.08),
          true,
        );
      }),
    );
  });

  it("[LD-70] has next to no kappa where throughput grows with load, with and without noise", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        const linear = { lambda: 100, sigma: 0, kappa: 0 };

        assert.deepEqual(fitted(fitLaw("throughput", pointsOf(linear, 0))).law, linear);
        const { kappa, sigma } = fitted(fitLaw("throughput", pointsOf(linear, 0.02, seed))).law;
        assert.equal(kappa >= 0 && kappa < 1e-4 && sigma >= 0 && sigma < 0.01, true, `${sigma} ${kappa}`);
      }),
    );
  });

  it("[LD-71] wants four different loads", () => {
    const points = pointsOf({ lambda: 10, sigma: 0.05, kappa: 0.001 }, 0);
    const [three, four] = [points.slice(0, 3), points.slice(0, 4)];

    assert.match((fitLaw("throughput", three) as NoFit).why, /3 different loads .* at least 4/);
    // A load measured twice is one load.
    assert.equal(fitLaw("throughput", [...three, ...three]).kind, "no fit");
    assert.equal(fitLaw("throughput", four).kind, "fit");
    // What nothing came of has no place on the curve.
    assert.equal(fitLaw("throughput", [...three, { load: 400, value: 0 }]).kind, "no fit");
    assert.equal(fitLaw("throughput", []).kind, "no fit");
  });

  it("[LD-71] prints no parameters where the points scatter", () => {
    const law = { lambda: 10, sigma: 0.05, kappa: 0.001 };
    const scattered = LOADS.map((n, index) => ({
      load: n,
      value: throughputAt(n, law) * (index % 2 === 0 ? 1.4 : 0.6),
    }));

    const { kind, why } = fitLaw("throughput", scattered) as NoFit;

    assert.equal(kind, "no fit");
    assert.match(why, /scatter by \d+ %/);
  });

  it("[LD-72] peaks at the root of (1 - sigma) / kappa, and nowhere without kappa", () => {
    const law = { lambda: 100, sigma: 0.04, kappa: 0.0006 };
    const peak = peakOf(law) ?? 0;

    assert.equal(peak, 40);
    assert.equal(throughputAt(40, law) > throughputAt(39, law), true);
    assert.equal(throughputAt(40, law) > throughputAt(41, law), true);
    assert.equal(peakOf({ ...law, kappa: 0 }), undefined);
  });

  it("[LD-79] draws the same band for the same seed, around the estimate, wider with more noise", () => {
    const law = { lambda: 10, sigma: 0.05, kappa: 0.002 };
    const peaks = (spread: number, seed: number) => {
      const fit = fitted(fitLaw("throughput", pointsOf(law, spread)));
      const repeated = repeatedLaws("throughput", fit, new Random(seed)).flatMap(
        (each) => peakOf(each) ?? [],
      );
      return bandOf(peakOf(fit.law) ?? 0, repeated);
    };

    const [narrow, again, other, wide] = [peaks(0.01, 7), peaks(0.01, 7), peaks(0.01, 8), peaks(0.05, 7)];

    assert.deepEqual(narrow, again);
    assert.notDeepEqual(narrow, other);
    assert.equal(narrow.low < narrow.estimate && narrow.estimate < narrow.high, true);
    assert.equal(wide.high - wide.low > narrow.high - narrow.low, true);
    const exact = peakOf(law) ?? 0;
    assert.equal(wide.low < exact && exact < wide.high, true);
  });
});
