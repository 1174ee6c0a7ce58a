import type { OverlayEnvironment, Unwatch } from "./environment.ts";

/** Covers the container and lets every click through to it. Set through the CSSOM, which a strict CSP allows. */
const CANVAS_STYLE: Readonly<Record<string, string>> = {
  position: "absolute",
  inset: "0",
  width: "100%",
  height: "100%",
  "pointer-events": "none",
};

/** The browser around a container. The container must be positioned (`position: relative` or such). */
export function browserEnvironment(container: HTMLElement): OverlayEnvironment {
  const document = container.ownerDocument;
  const window = document.defaultView ?? globalThis.window;
  const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
  return {
    now: () => window.performance.now(),
    requestFrame: (callback) => window.requestAnimationFrame(callback),
    cancelFrame: (handle) => window.cancelAnimationFrame(handle),
    createCanvas: () => document.createElement("canvas"),
    mount(canvas) {
      for (const [name, value] of Object.entries(CANVAS_STYLE)) canvas.style.setProperty(name, value);
      // The page shows the same danmaku as a list; a screen reader has no use for the picture.
      canvas.setAttribute("aria-hidden", "true");
      container.append(canvas);
    },
    pixelRatio: () => window.devicePixelRatio,
    isVisible: () => document.visibilityState === "visible",
    prefersReducedMotion: () => reducedMotion.matches,
    watchSize(report) {
      const observer = new window.ResizeObserver((entries) => {
        const box = entries.at(-1)?.contentRect;
        if (box !== undefined) report({ width: box.width, height: box.height });
      });
      observer.observe(container);
      return () => observer.disconnect();
    },
    watchPixelRatio: (report) => watchPixelRatio(window, report),
    watchVisibility: (report) => listen(document, "visibilitychange", report),
    watchReducedMotion: (report) => listen(reducedMotion, "change", report),
  };
}

function listen(target: EventTarget, type: string, listener: () => void): Unwatch {
  target.addEventListener(type, listener);
  return () => target.removeEventListener(type, listener);
}

/** There is no event for the ratio itself: a media query for the present value tells when it stops being true. */
function watchPixelRatio(window: Window, report: () => void): Unwatch {
  let unwatch: Unwatch = () => undefined;
  const arm = (): void => {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    unwatch = listen(query, "change", () => {
      unwatch();
      arm();
      report();
    });
  };
  arm();
  return () => unwatch();
}
