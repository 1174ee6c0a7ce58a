import { connect } from "@barrage/client";
import { Screen } from "../live/screen.ts";
import { overlayQuery } from "../settings/overlay-query.ts";
import { fillScreen } from "./fill-screen.ts";

/** What the one line of HTML says about itself. Read at once: later there is no current script. */
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : undefined;

const BOX_CSS = `
:host { position: absolute; inset: 0; overflow: hidden; pointer-events: none; }
:host([data-own]) { position: relative; display: block; inset: auto; width: 100%; aspect-ratio: 16 / 9; background: #0b0d14; border-radius: 12px; }
.stage { position: absolute; inset: 0; }
`;

/** Where the danmaku go: over the target if there is one, else in a box of their own where the script stands. */
function makeHost(target: Element | null, line: HTMLScriptElement): HTMLElement {
  const host = document.createElement("barrage-danmaku");
  if (target === null) {
    host.dataset["own"] = "";
    line.after(host);
    return host;
  }
  if (target instanceof HTMLElement && getComputedStyle(target).position === "static") {
    target.style.position = "relative";
  }
  target.append(host);
  return host;
}

/** Danmaku of a room in any page. Returns what ends it; the one global, `BarrageEmbed`, holds it. */
function start(line: HTMLScriptElement): () => void {
  const { room = "", target, token } = line.dataset;
  const host = makeHost(target === undefined ? null : document.querySelector(target), line);
  // A root of its own: styles of the page do not reach in, ours do not reach out.
  const shadow = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(BOX_CSS);
  shadow.adoptedStyleSheets = [sheet];
  const stage = document.createElement("div");
  stage.className = "stage";
  shadow.append(stage);
  const { settings } = overlayQuery(new URLSearchParams(queryOf(line)).toString());
  const screen = new Screen(stage, settings);
  const server = new URL(line.src).origin;
  const connection = connect({ url: server, room, ...(token === undefined ? {} : { token }) });
  fillScreen(screen, connection, { past: false });
  return () => {
    connection.close();
    screen.destroy();
    host.remove();
  };
}

const NAMES = ["opacity", "size", "speed", "area", "density", "colourful", "block"] as const;

function queryOf(line: HTMLScriptElement): [string, string][] {
  return NAMES.flatMap((name) => {
    const value = line.dataset[name];
    return value === undefined ? [] : [[name, value] as [string, string]];
  });
}

/** Ends the danmaku of this script and takes their box away. */
export let stop: () => void = () => undefined;

function begin(): void {
  if (script !== undefined) stop = start(script);
}

// The target may stand below the script.
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
else begin();
