import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { leastSquares, solve } from "../../src/capacity/least-squares.ts";

const cell = fc.integer({ min: -9, max: 9 });

describe("least squares", () => {
  it("[LD-70] solves what has one solution and says where there is none", () => {
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 9, maxLength: 9 }),
        fc.array(cell, { minLength: 3, maxLength: 3 }),
        (cells, exact) => {
          const matrix = [cells.slice(0, 3), cells.slice(3, 6), cells.slice(6)];
          const right = matrix.map((row) =>
            row.reduce((sum, value, index) => sum + value * (exact[index] ?? 0), 0),
          );

          const found = solve(matrix, right);

          // Whatever it says, it is a solution.
          for (const [index, row] of matrix.entries()) {
            if (found === undefined) continue;
            const got = row.reduce((sum, value, column) => sum + value * (found[column] ?? 0), 0);
            assert.equal(Math.abs(got - (right[index] ?? 0)) < 1e-6, true);
          }
        },
      ),
    );
    assert.deepEqual(
      solve(
        [
          [2, 0],
          [0, 4],
        ],
        [2, 4],
      ),
      [1, 1],
    );
    assert.equal(
      solve(
        [
          [1, 2],
          [2, 4],
        ],
        [1, 2],
      ),
      undefined,
    );
  });

  it("[LD-70] finds columns of very different size, and none that depend on each other", () => {
    const rows = [1, 2, 3, 4, 5].map((x) => [1, x * 1e-6, x * x * 1e6]);
    const values = rows.map(([a = 0, b = 0, c = 0]) => 3 * a - 2e6 * b + 5e-6 * c);

    const found = leastSquares(rows, values) ?? [];

    assert.deepEqual(
      found.map((value) => Number(value.toPrecision(6))),
      [3, -2e6, 5e-6],
    );
    assert.equal(
      leastSquares(
        [
          [1, 2],
          [2, 4],
          [3, 6],
        ],
        [1, 2, 3],
      ),
      undefined,
    );
    assert.equal(leastSquares([[0], [0]], [1, 2]), undefined);
  });
});
