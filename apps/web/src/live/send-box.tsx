import { BarrageError, countGraphemes, NAME_MAX_GRAPHEMES } from "@barrage/protocol";
import { sleep, systemClock } from "@barrage/kernel";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { FILM_MS } from "../film/scene.ts";
import { useSay } from "../i18n/language.tsx";
import { sayError } from "../i18n/text.ts";
import { useSecondsLeft } from "../parts/seconds-left.ts";
import { useStore } from "../parts/store.ts";
import { useTask } from "../parts/use-task.ts";
import { Icon } from "./icons.tsx";
import { usePage } from "./page-context.ts";
import { cssColor, readStyle, writeStyle } from "./send-style.ts";
import { StylePicker } from "./style-picker.tsx";

/** Where a viewer writes, or says who they are first. */
export function SendBox(): JSX.Element {
  const say = useSay();
  const { identity } = usePage();
  const { token, signIn } = useStore(identity.viewer);
  const [isRenaming, setRenaming] = useState(false);
  if (token === undefined && signIn === "elsewhere")
    return <p class="send send-hint">{say("name.external")}</p>;
  if (token === undefined || isRenaming) return <NameForm onDone={() => setRenaming(false)} />;
  return <Writing onRename={() => setRenaming(true)} />;
}

function NameForm({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const say = useSay();
  const { identity, notice } = usePage();
  const [name, setName] = useState(identity.viewer.value.name);
  const [isBusy, setBusy] = useState(false);
  const join = async (): Promise<void> => {
    setBusy(true);
    try {
      await identity.join(name.trim());
      notice.set("");
      onDone();
    } catch (error) {
      notice.set(sayError(say, error));
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    if (name.trim() !== "") void join();
  };
  return (
    <form class="send" onSubmit={onSubmit}>
      <div class="send-row">
        <input
          class="send-text"
          aria-label={say("name.label")}
          placeholder={say("name.placeholder")}
          value={name}
          maxLength={NAME_MAX_GRAPHEMES}
          autocomplete="nickname"
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={isBusy || name.trim() === ""}>
          {say("name.join")}
        </button>
      </div>
    </form>
  );
}

function Writing({ onRename }: { readonly onRename: () => void }): JSX.Element {
  const say = useSay();
  const { model, notice, identity } = usePage();
  const [text, setText] = useState("");
  const [style, setStyle] = useState(readStyle);
  const [isPicking, setPicking] = useState(false);
  const [slowUntil, setSlowUntil] = useState<number>();
  const field = useRef<HTMLInputElement>(null);
  const wait = useSecondsLeft(slowUntil);
  const max = useStore(model.contentMax);
  const used = countGraphemes(text, max + 999);
  useEffect(() => writeStyle(style), [style]);

  const send = async (content: string): Promise<void> => {
    try {
      const ack = await model.connection.send({
        content,
        ...style,
        pts_ms: Math.floor(model.filmMs() % FILM_MS),
      });
      notice.set("held" in ack ? say("send.held") : "");
      const slow = model.room.value?.slow_mode_s ?? 0;
      if (slow > 0 && model.you.value?.role === "viewer") setSlowUntil(systemClock.now() + slow * 1_000);
    } catch (error) {
      notice.set(sayError(say, error));
      // What was refused is not lost, unless something new was begun.
      setText((now) => (now === "" ? content : now));
      const ms = BarrageError.is(error) ? error.fields["retry_after_ms"] : undefined;
      if (typeof ms === "number") setSlowUntil(systemClock.now() + ms);
    }
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    if (text.trim() === "" || used > max || wait > 0) return;
    setText("");
    field.current?.focus();
    void send(text);
  };
  return (
    <form class="send" onSubmit={onSubmit}>
      {isPicking && <StylePicker style={style} onChange={setStyle} />}
      <div class="send-row">
        <button
          type="button"
          class="icon-button"
          aria-label={say("send.style")}
          aria-expanded={isPicking}
          onClick={() => setPicking(!isPicking)}
        >
          <Icon name="style" />
          <span class="style-dot" style={{ background: cssColor(style.color) }} />
        </button>
        <div class="send-field">
          <input
            class="send-text"
            ref={field}
            aria-label={say("send.label")}
            aria-describedby="send-count"
            placeholder={say("send.placeholder")}
            value={text}
            enterKeyHint="send"
            autocomplete="off"
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <span class={used > max ? "count count-over" : "count"} id="send-count">
            <span aria-hidden="true">{used === 0 ? "" : `${used}/${max}`}</span>
            <span class="sr-only">{say("send.left", { used, max })}</span>
          </span>
        </div>
        <LikeButton />
        <button type="submit" class="primary" disabled={text.trim() === "" || used > max || wait > 0}>
          {wait > 0 ? say("send.slow", { seconds: wait }) : say("send.button")}
        </button>
      </div>
      <button type="button" class="who-am-i" title={say("name.change")} onClick={onRename}>
        {say("name.as", { name: identity.viewer.value.name })}
      </button>
    </form>
  );
}

/** Clicks are gathered, so that a happy finger is one frame a second. */
const LIKES_EVERY_MS = 1_000;
const LIKES_AT_ONCE = 100;

function LikeButton(): JSX.Element {
  const say = useSay();
  const { model, notice } = usePage();
  const waiting = useRef(0);
  const [clicks, setClicks] = useState(0);
  useTask(
    "send likes",
    async (ctx) => {
      if (waiting.current === 0) return;
      await sleep(LIKES_EVERY_MS, ctx);
      const count = Math.min(LIKES_AT_ONCE, waiting.current);
      waiting.current = 0;
      try {
        await model.connection.like(count);
      } catch (error) {
        notice.set(sayError(say, error));
      }
    },
    [clicks],
  );
  const like = (): void => {
    waiting.current += 1;
    // Only the first of a second starts a task; the others ride with it.
    if (waiting.current === 1) setClicks(clicks + 1);
  };
  return (
    <button type="button" class="icon-button like" aria-label={say("send.like")} onClick={like}>
      <Icon name="heart" />
    </button>
  );
}
