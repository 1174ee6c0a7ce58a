import type { Rule } from "./ast/rule.ts";
import { asOnForeignData } from "./rules/as-on-foreign-data.ts";
import { cleanupInLoop } from "./rules/cleanup-in-loop.ts";
import { ignoredTrySend } from "./rules/ignored-try-send.ts";
import { lostCancel } from "./rules/lost-cancel.ts";
import { mutableCapture } from "./rules/mutable-capture.ts";
import { noAbortSignalAny } from "./rules/no-abort-signal-any.ts";
import { requireUsing } from "./rules/require-using.ts";
import { taskWithoutOwner } from "./rules/task-without-owner.ts";
import { timerNeverCleared } from "./rules/timer-never-cleared.ts";

/** The rules, by the name under which a configuration turns them on. */
export const rules: Readonly<Record<string, Rule>> = {
  "as-on-foreign-data": asOnForeignData,
  "cleanup-in-loop": cleanupInLoop,
  "ignored-try-send": ignoredTrySend,
  "lost-cancel": lostCancel,
  "mutable-capture": mutableCapture,
  "no-abort-signal-any": noAbortSignalAny,
  "require-using": requireUsing,
  "task-without-owner": taskWithoutOwner,
  "timer-never-cleared": timerNeverCleared,
};

interface Plugin {
  readonly meta: { readonly name: string; readonly version: string };
  readonly rules: Readonly<Record<string, Rule>>;
  /** ESLint's flat configurations; oxlint reads only the rules. */
  readonly configs: Readonly<Record<string, unknown>>;
}

const base = { meta: { name: "barrage", version: "0.1.0" }, rules };

/** What oxlint's `jsPlugins` and ESLint's `plugins` load. */
export const plugin: Plugin = {
  ...base,
  configs: {
    recommended: {
      plugins: { barrage: base },
      rules: Object.fromEntries(Object.keys(rules).map((name) => [`barrage/${name}`, "error"])),
    },
  },
};
