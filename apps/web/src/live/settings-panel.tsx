import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useSay } from "../i18n/language.tsx";
import { useStore } from "../parts/store.ts";
import { blockWord, DEFAULTS, DENSITIES, RANGES } from "../settings/settings.ts";
import type { RangeName, Settings } from "../settings/settings.ts";
import { Icon } from "./icons.tsx";
import { Panel } from "./panel.tsx";
import { usePage } from "./page-context.ts";

const SLIDERS: readonly RangeName[] = ["opacity", "size", "speed", "area"];

export function SettingsPanel({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const say = useSay();
  const { settings: store } = usePage();
  const settings = useStore(store);
  const change = (part: Partial<Settings>): void => store.set({ ...settings, ...part });
  return (
    <Panel title={say("settings.title")} onClose={onClose}>
      <Toggle
        label={say("settings.enabled")}
        on={settings.enabled}
        onChange={(enabled) => change({ enabled })}
      />
      <Toggle
        label={say("settings.colourful")}
        on={settings.colourful}
        onChange={(colourful) => change({ colourful })}
      />
      {SLIDERS.map((name) => (
        <label key={name} class="field">
          <span class="field-head">
            <span>{say(`settings.${name}`)}</span>
            <output>{Math.round(settings[name] * 100)} %</output>
          </span>
          <input
            type="range"
            name={name}
            {...RANGES[name]}
            value={settings[name]}
            onInput={(event) => change({ [name]: Number(event.currentTarget.value) })}
          />
        </label>
      ))}
      <fieldset class="choices">
        <legend>{say("settings.density")}</legend>
        {DENSITIES.map((density) => (
          <label key={density} class="choice">
            <input
              type="radio"
              name="density"
              checked={settings.density === density}
              onChange={() => change({ density })}
            />
            <span>{say(`settings.density.${density}`)}</span>
          </label>
        ))}
      </fieldset>
      <BlockedWords />
      <BlockedUsers />
      <button type="button" class="quiet" onClick={() => store.set(DEFAULTS)}>
        {say("settings.reset")}
      </button>
    </Panel>
  );
}

interface ToggleProps {
  readonly label: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

function Toggle({ label, on, onChange }: ToggleProps): JSX.Element {
  return (
    <label class="toggle">
      <span>{label}</span>
      <input
        type="checkbox"
        role="switch"
        checked={on}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </label>
  );
}

function BlockedWords(): JSX.Element {
  const say = useSay();
  const { settings: store } = usePage();
  const settings = useStore(store);
  const [word, setWord] = useState("");
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    store.set(blockWord(settings, word));
    setWord("");
  };
  const remove = (gone: string): void =>
    store.set({ ...settings, blockedWords: settings.blockedWords.filter((kept) => kept !== gone) });
  return (
    <section class="blocked">
      <h3>{say("settings.words")}</h3>
      <form class="send-row" onSubmit={onSubmit}>
        <input
          class="send-text"
          aria-label={say("settings.addWord")}
          placeholder={say("settings.addWord")}
          value={word}
          onInput={(event) => setWord(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={word.trim() === ""}>
          {say("settings.add")}
        </button>
      </form>
      <Chips names={settings.blockedWords.map((name) => ({ id: name, name }))} onRemove={remove} />
    </section>
  );
}

function BlockedUsers(): JSX.Element {
  const say = useSay();
  const { settings: store } = usePage();
  const settings = useStore(store);
  const remove = (gone: string): void =>
    store.set({ ...settings, blockedUsers: settings.blockedUsers.filter(({ uid }) => uid !== gone) });
  return (
    <section class="blocked">
      <h3>{say("settings.users")}</h3>
      <Chips names={settings.blockedUsers.map(({ uid, name }) => ({ id: uid, name }))} onRemove={remove} />
    </section>
  );
}

interface ChipsProps {
  readonly names: readonly { readonly id: string; readonly name: string }[];
  readonly onRemove: (id: string) => void;
}

function Chips({ names, onRemove }: ChipsProps): JSX.Element {
  const say = useSay();
  if (names.length === 0) return <p class="hint">{say("settings.none")}</p>;
  return (
    <ul class="chips">
      {names.map(({ id, name }) => (
        <li key={id} class="chip">
          <span>{name}</span>
          <button type="button" aria-label={say("settings.unblock", { name })} onClick={() => onRemove(id)}>
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
