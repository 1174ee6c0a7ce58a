import { BarrageError } from "@barrage/protocol";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

export type TextKey = keyof typeof en;
/** A language has every text: the compiler sees to it. */
export type TextTable = Readonly<Record<TextKey, string>>;
export type Language = "en" | "zh";
export type Values = Readonly<Record<string, string | number>>;
/** Gives the text of a key in the present language. */
export type Say = (key: TextKey, values?: Values) => string;

export const TABLES: Readonly<Record<Language, TextTable>> = { en, zh };

/** The language to begin with: the stored choice, else the first of the browser's that we have. */
export function pickLanguage(stored: string | null, preferred: readonly string[]): Language {
  if (stored === "en" || stored === "zh") return stored;
  for (const tag of preferred) {
    const base = tag.toLowerCase().split("-")[0];
    if (base === "zh" || base === "en") return base;
  }
  return "en";
}

export const sayIn =
  (language: Language): Say =>
  (key, values = {}) =>
    TABLES[language][key].replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));

const isTextKey = (key: string): key is TextKey => Object.hasOwn(en, key);

/** What went wrong, in the viewer's words; a code we have no words for is shown as it is. */
export function sayError(say: Say, error: unknown): string {
  const code = BarrageError.is(error) ? error.code : "BARRAGE_INTERNAL";
  const key = `error.${code}`;
  return isTextKey(key) ? say(key) : say("error.unknown", { code });
}
