import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { drawScene } from "./scene.ts";

/** Shown at most this often: the film is slow, and frames belong to the danmaku over it. */
const FRAME_MS = 1_000 / 24;
/** Pixels across at most; more cannot be told on a scene this soft. */
const WIDTH_MAX_PX = 1_280;

/** The film. It stands still with reduced motion and while nobody looks. */
export function Film({
  clock,
  label,
}: {
  readonly clock: () => number;
  readonly label: string;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => (canvas.current === null ? undefined : play(canvas.current, clock)), [clock]);
  return <canvas ref={canvas} class="film" role="img" aria-label={label} />;
}

function play(canvas: HTMLCanvasElement, clock: () => number): () => void {
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) return () => undefined;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let handle = 0;
  let drawnAt = -Infinity;

  const draw = (): void => drawScene(context, canvas.width, canvas.height, still.matches ? 0 : clock());
  const tick = (now: number): void => {
    if (now - drawnAt >= FRAME_MS - 1) {
      drawnAt = now;
      draw();
    }
    if (!still.matches) handle = requestAnimationFrame(tick);
  };
  const restart = (): void => {
    cancelAnimationFrame(handle);
    handle = requestAnimationFrame(tick);
  };
  const observer = new ResizeObserver(([entry]) => {
    if (entry === undefined) return;
    const { width, height } = entry.contentRect;
    const scale = Math.min(Math.min(devicePixelRatio, 1.5), WIDTH_MAX_PX / Math.max(1, width));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    draw();
  });

  observer.observe(canvas);
  still.addEventListener("change", restart);
  restart();
  return () => {
    observer.disconnect();
    still.removeEventListener("change", restart);
    cancelAnimationFrame(handle);
  };
}
