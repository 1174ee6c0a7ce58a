import type { JSX } from "preact";
import { useSay } from "../i18n/language.tsx";
import { COLORS, cssColor, MODES, SIZES } from "./send-style.ts";
import type { SendStyle } from "./send-style.ts";

interface PickerProps {
  readonly style: SendStyle;
  readonly onChange: (style: SendStyle) => void;
}

export function StylePicker({ style, onChange }: PickerProps): JSX.Element {
  const say = useSay();
  return (
    <div class="picker" id="style-picker">
      <fieldset class="choices">
        <legend>{say("send.mode")}</legend>
        {MODES.map(({ mode, text }) => (
          <label key={mode} class="choice">
            <input
              type="radio"
              name="mode"
              checked={style.mode === mode}
              onChange={() => onChange({ ...style, mode })}
            />
            <span>{say(text)}</span>
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend>{say("send.size")}</legend>
        {SIZES.map(({ size, text }) => (
          <label key={size} class="choice">
            <input
              type="radio"
              name="size"
              checked={style.size === size}
              onChange={() => onChange({ ...style, size })}
            />
            <span>{say(text)}</span>
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend>{say("send.color")}</legend>
        {COLORS.map(({ color, text }) => (
          <label key={color} class="swatch" title={say(text)}>
            <input
              type="radio"
              name="color"
              checked={style.color === color}
              aria-label={say(text)}
              onChange={() => onChange({ ...style, color })}
            />
            <span style={{ background: cssColor(color) }} />
          </label>
        ))}
      </fieldset>
    </div>
  );
}
