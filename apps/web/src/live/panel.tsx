import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { useSay } from "../i18n/language.tsx";
import { Icon } from "./icons.tsx";
import { useReturnedFocus } from "./menu.tsx";

interface PanelProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A sheet at the side; from below on a phone. Escape closes it. */
export function Panel({ title, onClose, children }: PanelProps): JSX.Element {
  const say = useSay();
  const box = useRef<HTMLDivElement>(null);
  useReturnedFocus(box);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") onClose();
  };
  return (
    <>
      <div class="shade" onClick={onClose} />
      <div class="panel" ref={box} role="dialog" aria-label={title} onKeyDown={onKeyDown}>
        <header class="panel-head">
          <h2>{title}</h2>
          <button type="button" class="icon-button" aria-label={say("panel.close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div class="panel-body">{children}</div>
      </div>
    </>
  );
}
