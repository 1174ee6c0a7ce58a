import type { PolicyReport, RoomCommands } from "@barrage/client";
import { sleep } from "@barrage/kernel";
import { POLICY_MODES } from "@barrage/protocol";
import type { PolicyChange, PolicyMode, RoomPolicies } from "@barrage/protocol";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useSay } from "../i18n/language.tsx";
import { useTask } from "../parts/use-task.ts";

/** How often the counts are looked at while the panel is open, ms. */
const LOOK_EVERY_MS = 5_000;

/** Slow mode has a form of its own. */
const SHOWN = ["ceiling", "merge", "unique"] as const;
type Shown = (typeof SHOWN)[number];

/** The one number that a form asks for; what else a policy has stays as it is. */
const NUMBER: {
  readonly [P in Shown]: {
    readonly max: number;
    readonly read: (policies: RoomPolicies) => number;
    readonly change: (policies: RoomPolicies, mode: PolicyMode, number: number) => PolicyChange;
  };
} = {
  ceiling: {
    max: 1_000,
    read: ({ ceiling }) => ceiling.per_second,
    change: (_, mode, per_second) => ({ ceiling: { mode, per_second } }),
  },
  merge: {
    max: 60,
    read: ({ merge }) => merge.window_s,
    change: (_, mode, window_s) => ({ merge: { mode, window_s } }),
  },
  unique: {
    max: 3_600,
    read: ({ unique }) => unique.seconds,
    change: ({ unique }, mode, seconds) => ({ unique: { ...unique, mode, seconds } }),
  },
};

interface Props {
  readonly commands: RoomCommands;
  /** Asked again at once whenever it changes. */
  readonly round: number;
  readonly run: (act: () => Promise<void>) => Promise<void>;
}

/** What the room does when there is too much of it. */
export function PolicyForms({ commands, round, run }: Props): JSX.Element {
  const say = useSay();
  const [report, setReport] = useState<PolicyReport>();
  useTask(
    "look at policies",
    async (ctx) => {
      for (;;) {
        // The panel's own look says what is wrong where the server does not answer.
        const next = await commands.policies().catch(() => undefined);
        ctx.throwIfCancelled();
        if (next !== undefined) setReport(next);
        await sleep(LOOK_EVERY_MS, ctx);
      }
    },
    [round],
  );
  const apply = async (change: PolicyChange): Promise<void> => void (await commands.setPolicies(change));
  return (
    <section class="blocked">
      <h3>{say("mod.policies")}</h3>
      {report !== undefined &&
        SHOWN.map((name) => (
          <PolicyForm
            key={name}
            name={name}
            report={report}
            onApply={(change) => void run(() => apply(change))}
          />
        ))}
    </section>
  );
}

interface FormProps {
  readonly name: Shown;
  readonly report: PolicyReport;
  readonly onApply: (change: PolicyChange) => void;
}

function PolicyForm({ name, report, onApply }: FormProps): JSX.Element {
  const say = useSay();
  const { policies, counts } = report;
  const { max, read, change } = NUMBER[name];
  const [mode, setMode] = useState<PolicyMode>(policies[name].mode);
  const [number, setNumber] = useState(String(read(policies)));
  const label = say(`mod.policy.${name}`);
  const { on, dry_run: dry } = counts[name];
  const submit = (event: Event): void => {
    event.preventDefault();
    onApply(change(policies, mode, Number(number)));
  };
  return (
    <form class="send-row" onSubmit={submit}>
      <label class="grow">
        <span class="hint">{label}</span>
        <input
          class="send-text"
          type="number"
          min="1"
          max={max}
          value={number}
          onInput={(event) => setNumber(event.currentTarget.value)}
        />
        {on + dry > 0 && <span class="hint">{say("mod.policy.counts", { on, dry })}</span>}
      </label>
      <select
        class="send-text"
        aria-label={say("mod.policy.mode", { policy: label })}
        value={mode}
        onChange={(event) =>
          setMode(POLICY_MODES.find((each) => each === event.currentTarget.value) ?? "off")
        }
      >
        {POLICY_MODES.map((each) => (
          <option key={each} value={each}>
            {say(`mod.policy.${each}`)}
          </option>
        ))}
      </select>
      <button type="submit" class="primary">
        {say("mod.apply")}
      </button>
    </form>
  );
}
