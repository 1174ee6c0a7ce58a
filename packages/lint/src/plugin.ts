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

/** The name under which a configuration turns a rule on, after `barrage/`. */
export type RuleName =
  | "as-on-foreign-data"
  | "cleanup-in-loop"
  | "ignored-try-send"
  | "lost-cancel"
  | "mutable-capture"
  | "no-abort-signal-any"
  | "require-using"
  | "task-without-owner"
  | "timer-never-cleared";

export const rules: Readonly<Record<RuleName, Rule>> = {
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

interface Base {
  readonly meta: { readonly name: string; readonly version: string };
  readonly rules: Readonly<Record<RuleName, Rule>>;
}

/** A flat configuration of ESLint. */
export interface FlatConfig {
  readonly plugins: { readonly barrage: Base };
  readonly rules: Readonly<Record<`barrage/${RuleName}`, "error">>;
}

export interface Plugin extends Base {
  /** ESLint's flat configurations; oxlint reads only the rules. */
  readonly configs: { readonly recommended: FlatConfig };
}

const base: Base = { meta: { name: "barrage", version: "0.1.0" }, rules };

/** What oxlint's `jsPlugins` and ESLint's `plugins` load. */
export const plugin: Plugin = {
  ...base,
  configs: {
    recommended: {
      plugins: { barrage: base },
      rules: {
        "barrage/as-on-foreign-data": "error",
        "barrage/cleanup-in-loop": "error",
        "barrage/ignored-try-send": "error",
        "barrage/lost-cancel": "error",
        "barrage/mutable-capture": "error",
        "barrage/no-abort-signal-any": "error",
        "barrage/require-using": "error",
        "barrage/task-without-owner": "error",
        "barrage/timer-never-cleared": "error",
      },
    },
  },
};
