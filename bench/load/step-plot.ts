/** One measure over time. */
export interface Lane {
  readonly label: string;
  readonly values: readonly number[];
}

const [WIDTH, LANE, LEFT, RIGHT, TOP, GAP] = [720, 110, 60, 12, 34, 22];
const INK = "#334155";
const COLOURS = ["#2563eb", "#16a34a", "#dc2626"];

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${String(sign.codePointAt(0))};`);

/** The next of 1, 2, 5, 10, 20, ... that is not below the value: an axis that ends at a round number. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

/** Measures over the same moments, one below the other, each held until its next value: a self-contained SVG. Units: `at` in s. */
export function stepPlot(title: string, at: readonly number[], lanes: readonly Lane[]): string {
  const end = Math.max(1, at.at(-1) ?? 0);
  const height = TOP + lanes.length * (LANE + GAP) + 18;
  const x = (second: number): string => (LEFT + (second / end) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const drawn = lanes.map(({ label, values }, index) => {
    const top = TOP + index * (LANE + GAP);
    const most = roundUp(Math.max(...values, 0));
    const y = (value: number): string => (top + LANE - (value / most) * LANE).toFixed(1);
    const path = values.map((value, i) =>
      i === 0 ? `M${x(0)} ${y(value)}H${x(at[0] ?? 0)}` : `V${y(value)}H${x(at[i] ?? end)}`,
    );
    return (
      `<text x="${LEFT}" y="${top - 5}">${escaped(label)}</text>` +
      `<path d="M${LEFT} ${top}V${top + LANE}H${WIDTH - RIGHT}" stroke="#94a3b8" fill="none"/>` +
      `<text x="${LEFT - 6}" y="${top + 9}" text-anchor="end">${most}</text>` +
      `<text x="${LEFT - 6}" y="${top + LANE}" text-anchor="end">0</text>` +
      `<path d="${path.join("")}" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="2" fill="none"/>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11" fill="${INK}">` +
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>` +
    `<text x="${LEFT}" y="16" font-size="13">${escaped(title)}</text>${drawn.join("")}` +
    `<text x="${WIDTH - RIGHT}" y="${height - 4}" text-anchor="end">${end.toFixed(0)} s</text></svg>\n`
  );
}
