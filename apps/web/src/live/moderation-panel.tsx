import { roomCommands } from "@barrage/client";
import type { AuditRow, HeldRow } from "@barrage/client";
import { sleep } from "@barrage/kernel";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useSay, useSpeech } from "../i18n/language.tsx";
import { sayError } from "../i18n/text.ts";
import { powerOf } from "../identity/power.ts";
import { useStore } from "../parts/store.ts";
import { useTask } from "../parts/use-task.ts";
import { Panel } from "./panel.tsx";
import { usePage } from "./page-context.ts";
import { PolicyForms } from "./policy-forms.tsx";

/** How often the queue is looked at while the panel is open, ms. */
const LOOK_EVERY_MS = 5_000;

export function ModerationPanel({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const say = useSay();
  const { server, room, identity, notice } = usePage();
  const { token } = useStore(identity.viewer);
  const commands = roomCommands(server, room, { token });
  const [held, setHeld] = useState<readonly HeldRow[]>([]);
  const [audit, setAudit] = useState<readonly AuditRow[]>([]);
  const [round, setRound] = useState(0);
  useTask(
    "look at held danmaku",
    async (ctx) => {
      for (;;) {
        try {
          const [nextHeld, nextAudit] = await Promise.all([commands.held(), commands.audit()]);
          ctx.throwIfCancelled();
          setHeld(nextHeld);
          setAudit(nextAudit);
        } catch (error) {
          if (!ctx.cancelled) notice.set(sayError(say, error));
        }
        await sleep(LOOK_EVERY_MS, ctx);
      }
    },
    [token, round],
  );
  const run = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
      notice.set(say("mod.done"));
    } catch (error) {
      notice.set(sayError(say, error));
    }
    setRound((count) => count + 1);
  };
  return (
    <Panel title={say("mod.title")} onClose={onClose}>
      <section class="blocked">
        <h3>
          {say("mod.held")} ({held.length})
        </h3>
        {held.length === 0 && <p class="hint">{say("settings.none")}</p>}
        {held.map((row) => (
          <HeldDanmaku
            key={row.entry.id}
            row={row}
            onApprove={() => void run(() => commands.approve(row.entry.id))}
            onReject={() => void run(() => commands.reject(row.entry.id))}
          />
        ))}
      </section>
      <RoomForm
        onTitle={(title) => void run(() => commands.setTitle(title))}
        onSlow={(seconds) => void run(() => commands.setSlowMode(seconds))}
        onCloseRoom={() => void run(() => commands.close())}
      />
      <PolicyForms commands={commands} round={round} run={run} />
      <section class="blocked">
        <h3>{say("mod.audit")}</h3>
        <AuditList rows={audit} />
      </section>
    </Panel>
  );
}

interface HeldProps {
  readonly row: HeldRow;
  readonly onApprove: () => void;
  readonly onReject: () => void;
}

function HeldDanmaku({ row, onApprove, onReject }: HeldProps): JSX.Element {
  const say = useSay();
  const { entry, matched } = row;
  return (
    <div class="held">
      <p>
        <b>{entry.author.name}</b> {"content" in entry ? entry.content : entry.kind}
      </p>
      {matched.length > 0 && <p class="hint">{say("mod.matched", { words: matched.join(", ") })}</p>}
      <div class="send-row">
        <button type="button" class="primary" onClick={onApprove}>
          {say("mod.approve")}
        </button>
        <button type="button" class="quiet" onClick={onReject}>
          {say("mod.reject")}
        </button>
      </div>
    </div>
  );
}

interface RoomFormProps {
  readonly onTitle: (title: string) => void;
  readonly onSlow: (seconds: number) => void;
  readonly onCloseRoom: () => void;
}

function RoomForm({ onTitle, onSlow, onCloseRoom }: RoomFormProps): JSX.Element {
  const say = useSay();
  const { model } = usePage();
  const room = useStore(model.room);
  const you = useStore(model.you);
  const [title, setTitle] = useState(room?.title ?? "");
  const [slow, setSlow] = useState(String(room?.slow_mode_s ?? 0));
  const [isSure, setSure] = useState(false);
  const submit = (act: () => void) => (event: Event) => {
    event.preventDefault();
    act();
  };
  const { owns } = powerOf(you, room);
  return (
    <section class="blocked">
      {owns && (
        <form class="send-row" onSubmit={submit(() => onTitle(title))}>
          <label class="grow">
            <span class="hint">{say("mod.roomTitle")}</span>
            <input class="send-text" value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
          </label>
          <button type="submit" class="primary">
            {say("mod.save")}
          </button>
        </form>
      )}
      <form class="send-row" onSubmit={submit(() => onSlow(Number(slow)))}>
        <label class="grow">
          <span class="hint">{say("mod.slow")}</span>
          <input
            class="send-text"
            type="number"
            min="0"
            max="86400"
            value={slow}
            onInput={(event) => setSlow(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          {say("mod.save")}
        </button>
      </form>
      {owns && (
        <button type="button" class="quiet grave" onClick={() => (isSure ? onCloseRoom() : setSure(true))}>
          {isSure ? say("mod.closeSure") : say("mod.closeRoom")}
        </button>
      )}
    </section>
  );
}

function AuditList({ rows }: { readonly rows: readonly AuditRow[] }): JSX.Element {
  const { say, language } = useSpeech();
  const time = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en", { timeStyle: "medium" });
  if (rows.length === 0) return <p class="hint">{say("settings.none")}</p>;
  return (
    <ul class="audit">
      {rows.map(({ at, actor, action, target, detail }, index) => (
        <li key={`${at} ${index}`}>
          <time>{time.format(at)}</time> <b>{actor}</b> {action} {target ?? ""} {detail ?? ""}
        </li>
      ))}
    </ul>
  );
}
