export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  /** y at x = 0. */
  readonly base: number;
  /** Growth of y by one of x. */
  readonly slope: number;
}

/** The line of least squares through at least two points of different x. */
export function lineThrough(points: readonly Point[]): Line {
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
  return { base: y - slope * x, slope };
}
