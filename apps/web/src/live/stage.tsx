import type { JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Film } from "../film/film.tsx";
import { useSay } from "../i18n/language.tsx";
import { useStore } from "../parts/store.ts";
import { usePage } from "./page-context.ts";
import { Screen } from "./screen.ts";

/** The film and the danmaku over it. */
export function Stage(): JSX.Element {
  const say = useSay();
  const { model, settings, menu } = usePage();
  const container = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen>(undefined);
  const clock = useCallback(() => model.filmMs(), [model]);

  useEffect(() => {
    if (container.current === null) return undefined;
    const own = new Screen(container.current, settings.value);
    screen.current = own;
    const unwatch = settings.watch(() => own.update(settings.value));
    // What was said before one came belongs to the list: flying over the film it would look as if said now.
    model.onRecord = (item) => {
      const grows = model.connection.policies.merge.mode === "on";
      if (!item.past || item.kind === "recall") own.show(item, { grows });
    };
    model.onMerged = (count) => own.recount(count);
    return () => {
      unwatch();
      model.onRecord = undefined;
      model.onMerged = undefined;
      own.destroy();
    };
  }, [model, settings]);

  const onClick = (event: MouseEvent): void => {
    const box = container.current?.getBoundingClientRect();
    if (box === undefined) return;
    const record = screen.current?.hitTest(event.clientX - box.left, event.clientY - box.top);
    menu.set(record === undefined ? undefined : { record, x: event.clientX, y: event.clientY });
  };

  // The list below offers the same menu to the keyboard.
  return (
    <div class="stage" ref={container} onClick={onClick}>
      <Film clock={clock} label={say("room.film")} />
      <Hearts />
    </div>
  );
}

/** Hearts in the air at once (a count): a hint that people like it, no fireworks. */
const HEARTS_MAX = 8;

function Hearts(): JSX.Element {
  const { model } = usePage();
  const likes = useStore(model.likes);
  const [hearts, setHearts] = useState<readonly number[]>([]);
  useEffect(() => {
    if (likes > 0) setHearts((before) => [...before, likes].slice(-HEARTS_MAX));
  }, [likes]);
  const gone = (heart: number): void => setHearts((before) => before.filter((other) => other !== heart));
  return (
    <div class="hearts" aria-hidden="true">
      {hearts.map((heart) => (
        <span key={heart} class={`heart heart-${heart % 4}`} onAnimationEnd={() => gone(heart)}>
          ♥
        </span>
      ))}
    </div>
  );
}
