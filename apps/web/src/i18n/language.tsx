import { createContext } from "preact";
import type { ComponentChildren, JSX } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import { readStored, writeStored } from "../settings/stored.ts";
import { pickLanguage, sayIn } from "./text.ts";
import type { Language, Say } from "./text.ts";

const LANGUAGE_KEY = "barrage.language";

interface Speech {
  readonly language: Language;
  readonly say: Say;
  readonly switchLanguage: () => void;
}

const SpeechContext = createContext<Speech>({
  language: "en",
  say: sayIn("en"),
  switchLanguage: () => undefined,
});

export const useSpeech = (): Speech => useContext(SpeechContext);
export const useSay = (): Say => useSpeech().say;

export function Speaking({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [language, setLanguage] = useState(() => pickLanguage(readStored(LANGUAGE_KEY), navigator.languages));
  const speech = useMemo<Speech>(() => {
    const switchLanguage = (): void => {
      const other = language === "en" ? "zh" : "en";
      writeStored(LANGUAGE_KEY, other);
      setLanguage(other);
    };
    return { language, say: sayIn(language), switchLanguage };
  }, [language]);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  return <SpeechContext.Provider value={speech}>{children}</SpeechContext.Provider>;
}

export function LanguageSwitch(): JSX.Element {
  const { say, switchLanguage } = useSpeech();
  return (
    <button type="button" class="quiet" aria-label={say("app.languageLabel")} onClick={switchLanguage}>
      {say("app.language")}
    </button>
  );
}
