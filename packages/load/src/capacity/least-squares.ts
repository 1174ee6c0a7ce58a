/** Below this, relative to the largest, a pivot is rounding error: the columns depend on each other. */
const SINGULAR = 1e-12;

/** Solves a small square system by elimination with row exchange; undefined when it has no single solution. */
export function solve(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): readonly number[] | undefined {
  const size = right.length;
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  const largest = Math.max(...matrix.flat().map(Math.abs));
  for (let column = 0; column < size; column += 1) {
    const pivot = rows.reduce(
      (best, row, index) =>
        index >= column && Math.abs(row[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0) ? index : best,
      column,
    );
    const chosen = rows[pivot] ?? [];
    rows[pivot] = rows[column] ?? [];
    rows[column] = chosen;
    const head = chosen[column] ?? 0;
    if (!(Math.abs(head) > largest * SINGULAR)) return undefined;
    for (const [index, row] of rows.entries()) {
      if (index === column) continue;
      const factor = (row[column] ?? 0) / head;
      for (let at = column; at <= size; at += 1) row[at] = (row[at] ?? 0) - factor * (chosen[at] ?? 0);
    }
  }
  return rows.map((row, index) => (row[size] ?? 0) / (row[index] ?? 1));
}

/** The combination of columns nearest to `values`: least squares by normal equations, columns scaled to length 1. */
export function leastSquares(
  rows: readonly (readonly number[])[],
  values: readonly number[],
): readonly number[] | undefined {
  const width = rows[0]?.length ?? 0;
  const scales = Array.from({ length: width }, (_, column) =>
    Math.hypot(...rows.map((row) => row[column] ?? 0)),
  );
  if (scales.some((scale) => !(scale > 0))) return undefined;
  const scaled = rows.map((row) => row.map((cell, column) => cell / (scales[column] ?? 1)));
  const { matrix, right } = normalEquations(scaled, values);
  return solve(matrix, right)?.map((value, column) => value / (scales[column] ?? 1));
}

/** What `leastSquares` solves; a step of Gauss-Newton solves the same for a Jacobian. */
export function normalEquations(
  rows: readonly (readonly number[])[],
  values: readonly number[],
): { readonly matrix: readonly (readonly number[])[]; readonly right: readonly number[] } {
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? 0));
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return {
    matrix: columns.map((a) => columns.map((b) => dot(a, b))),
    right: columns.map((column) => dot(column, values)),
  };
}
