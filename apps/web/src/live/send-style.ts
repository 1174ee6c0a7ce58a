import type { Mode } from "@barrage/protocol";
import type { TextKey } from "../i18n/text.ts";
import { readStored, writeStored } from "../settings/stored.ts";

export interface SendStyle {
  readonly mode: Mode;
  readonly color: number;
  readonly size: number;
}

export const MODES: readonly { readonly mode: Mode; readonly text: TextKey }[] = [
  { mode: "scroll", text: "mode.scroll" },
  { mode: "top", text: "mode.top" },
  { mode: "bottom", text: "mode.bottom" },
  { mode: "reverse", text: "mode.reverse" },
];

export const SIZES: readonly { readonly size: number; readonly text: TextKey }[] = [
  { size: 18, text: "size.small" },
  { size: 25, text: "size.normal" },
  { size: 36, text: "size.large" },
];

export const COLORS: readonly { readonly color: number; readonly text: TextKey }[] = [
  { color: 0xffffff, text: "color.white" },
  { color: 0xff5a5f, text: "color.red" },
  { color: 0xffa94d, text: "color.orange" },
  { color: 0xffe066, text: "color.yellow" },
  { color: 0x69db7c, text: "color.green" },
  { color: 0x66d9e8, text: "color.cyan" },
  { color: 0x74a8ff, text: "color.blue" },
  { color: 0xfaa2c1, text: "color.pink" },
];

const STYLE_KEY = "barrage.style";

/** The style used last; what is no longer offered becomes the first that is. */
export function readStyle(): SendStyle {
  let kept: Partial<SendStyle> | null = null;
  try {
    // oxlint-disable-next-line barrage/as-on-foreign-data -- each field is checked below
    kept = JSON.parse(readStored(STYLE_KEY) ?? "null") as Partial<SendStyle> | null;
  } catch {
    // Not ours, or cut off: the usual style.
  }
  return {
    mode: MODES.find(({ mode }) => mode === kept?.mode)?.mode ?? "scroll",
    color: COLORS.find(({ color }) => color === kept?.color)?.color ?? 0xffffff,
    size: SIZES.find(({ size }) => size === kept?.size)?.size ?? 25,
  };
}

export const writeStyle = (style: SendStyle): void => writeStored(STYLE_KEY, JSON.stringify(style));

export const cssColor = (color: number): string => `#${color.toString(16).padStart(6, "0")}`;
