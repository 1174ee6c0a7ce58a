/** The film comes round after this long, ms; every motion in it has a whole number of periods in it. */
export const FILM_MS = 120_000;

const TAU = Math.PI * 2;

/** A number in [0, 1) that belongs to `n`; the same film everywhere. */
const scatter = (n: number): number => {
  const x = Math.sin(n * 127.1 + 311.7) * 43_758.5453;
  return x - Math.floor(x);
};

export interface Frame {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** Place in the film, 0 to 1. */
  readonly turn: number;
}

/** One picture of the film: a lake at night, hills, a moon, lanterns that rise. */
export function drawScene(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  ms: number,
): void {
  const frame: Frame = { context, width, height, turn: (ms % FILM_MS) / FILM_MS };
  drawSky(frame);
  drawStars(frame);
  drawMoon(frame);
  drawClouds(frame);
  HILLS.forEach((hill, index) => drawHill(frame, hill, index));
  drawLake(frame);
  drawLanterns(frame);
}

const HORIZON = 0.7;

function drawSky({ context, width, height, turn }: Frame): void {
  const glow = 0.5 + 0.5 * Math.sin(turn * TAU);
  const sky = context.createLinearGradient(0, 0, 0, height * HORIZON);
  sky.addColorStop(0, `hsl(${228 + 8 * glow} 48% 10%)`);
  sky.addColorStop(0.55, `hsl(${236 + 14 * glow} 38% 22%)`);
  sky.addColorStop(0.85, `hsl(${268 + 30 * glow} 32% 36%)`);
  sky.addColorStop(1, `hsl(${14 + 12 * glow} 52% ${50 + 6 * glow}%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
}

const STARS = 110;

function drawStars({ context, width, height, turn }: Frame): void {
  for (let i = 0; i < STARS; i++) {
    const twinkle = Math.sin(turn * TAU * (6 + Math.floor(scatter(i + 500) * 14)) + i);
    const y = scatter(i + 100) ** 1.6 * height * 0.55;
    context.fillStyle = `rgb(255 250 235 / ${0.35 + 0.3 * twinkle + 0.2 * scatter(i + 900)})`;
    const size = (0.6 + scatter(i + 300)) * (width / 900);
    context.fillRect(scatter(i) * width, y, size, size);
  }
}

function drawMoon({ context, width, height }: Frame): void {
  const x = width * 0.74;
  const y = height * 0.22;
  const radius = height * 0.055;
  const halo = context.createRadialGradient(x, y, radius * 0.6, x, y, radius * 6);
  halo.addColorStop(0, "rgb(255 244 214 / 0.5)");
  halo.addColorStop(0.25, "rgb(255 236 200 / 0.14)");
  halo.addColorStop(1, "rgb(255 236 200 / 0)");
  context.fillStyle = halo;
  context.fillRect(x - radius * 6, y - radius * 6, radius * 12, radius * 12);
  context.fillStyle = "rgb(255 247 226)";
  context.beginPath();
  context.arc(x, y, radius, 0, TAU);
  context.fill();
}

function drawClouds({ context, width, height, turn }: Frame): void {
  for (let i = 0; i < 7; i++) {
    const span = width * 1.5;
    const x = ((scatter(i + 40) + turn * (i % 2 === 0 ? 1 : 2)) % 1) * span - width * 0.25;
    const y = height * (0.18 + 0.34 * scatter(i + 60));
    const long = width * (0.12 + 0.16 * scatter(i + 80));
    const cloud = context.createRadialGradient(0, 0, 0, 0, 0, long);
    cloud.addColorStop(0, "rgb(214 200 235 / 0.13)");
    cloud.addColorStop(1, "rgb(214 200 235 / 0)");
    context.save();
    context.translate(x, y);
    context.scale(1, 0.16);
    context.fillStyle = cloud;
    context.fillRect(-long, -long, long * 2, long * 2);
    context.restore();
  }
}

interface Hill {
  readonly base: number;
  readonly rise: number;
  readonly color: string;
  /** Whole waves across the width that pass in one film; whole, so that the loop has no seam. */
  readonly drift: number;
}

const HILLS: readonly Hill[] = [
  { base: 0.62, rise: 0.13, color: "hsl(252 26% 29%)", drift: 1 },
  { base: 0.65, rise: 0.1, color: "hsl(243 28% 22%)", drift: 1 },
  { base: 0.69, rise: 0.07, color: "hsl(236 32% 15%)", drift: 2 },
];

function drawHill({ context, width, height, turn }: Frame, hill: Hill, index: number): void {
  const offset = turn * hill.drift * TAU;
  context.fillStyle = hill.color;
  context.beginPath();
  context.moveTo(0, height * HORIZON + 1);
  const step = Math.max(4, width / 180);
  for (let x = 0; x <= width + step; x += step) {
    const at = (x / width) * TAU * 0.8 + offset + index * 1.9;
    const ridge = Math.sin(at) * 0.5 + Math.sin(at * 2 + index) * 0.28 + Math.sin(at * 5 + 2 * index) * 0.1;
    context.lineTo(x, height * (hill.base - hill.rise * (0.5 + 0.5 * ridge)));
  }
  context.lineTo(width, height * HORIZON + 1);
  context.closePath();
  context.fill();
}

function drawLake({ context, width, height, turn }: Frame): void {
  const top = height * HORIZON;
  const water = context.createLinearGradient(0, top, 0, height);
  water.addColorStop(0, "hsl(250 30% 27%)");
  water.addColorStop(0.25, "hsl(238 36% 17%)");
  water.addColorStop(1, "hsl(230 44% 8%)");
  context.fillStyle = water;
  context.fillRect(0, top, width, height - top);
  for (let i = 0; i < 90; i++) {
    const depth = scatter(i + 700) ** 1.5;
    const y = top + 2 + depth * (height - top);
    const sway = Math.sin(turn * TAU * (10 + (i % 9)) + i * 2.4);
    const isUnderMoon = i % 3 === 0;
    const x = isUnderMoon ? width * (0.74 + 0.02 * sway) : width * (scatter(i + 800) + 0.01 * sway);
    const long = width * (isUnderMoon ? 0.02 + 0.05 * depth : 0.03 + 0.06 * scatter(i + 850));
    context.fillStyle = isUnderMoon
      ? `rgb(255 236 200 / ${0.3 + 0.12 * sway})`
      : `rgb(190 180 235 / ${0.07 + 0.04 * sway})`;
    const thick = Math.max(1, height * 0.002 * (1 + 2 * depth));
    context.beginPath();
    context.ellipse(x, y, long / 2, thick / 2, 0, 0, TAU);
    context.fill();
  }
}

function drawLanterns({ context, width, height, turn }: Frame): void {
  for (let i = 0; i < 14; i++) {
    const rounds = 2 + (i % 3);
    const life = (turn * rounds + scatter(i + 20)) % 1;
    const sway = Math.sin(life * TAU * 2 + i) * 0.012;
    const x = width * (0.06 + 0.88 * scatter(i + 10) + sway);
    const y = height * (HORIZON - 0.02 - life * 0.62);
    const size = height * (0.006 + 0.012 * scatter(i + 30)) * (1 - 0.45 * life);
    const light = Math.min(1, life * 8) * (1 - life);
    const glow = context.createRadialGradient(x, y, 0, x, y, size * 5);
    glow.addColorStop(0, `rgb(255 186 96 / ${0.55 * light})`);
    glow.addColorStop(1, "rgb(255 160 70 / 0)");
    context.fillStyle = glow;
    context.fillRect(x - size * 5, y - size * 5, size * 10, size * 10);
    context.fillStyle = `rgb(255 214 150 / ${light})`;
    context.beginPath();
    context.roundRect(x - size * 0.5, y - size * 0.7, size, size * 1.4, size * 0.4);
    context.fill();
  }
}
