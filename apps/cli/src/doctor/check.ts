/** One thing that was looked at. `advice` says what to do; absent when all is well. */
export interface Finding {
  readonly subject: string;
  readonly state: "ok" | "warn" | "bad";
  readonly detail: string;
  readonly advice?: string;
}

export const ok = (subject: string, detail: string): Finding => ({ subject, state: "ok", detail });
export const warn = (subject: string, detail: string, advice: string): Finding => ({
  subject,
  state: "warn",
  detail,
  advice,
});
export const bad = (subject: string, detail: string, advice: string): Finding => ({
  subject,
  state: "bad",
  detail,
  advice,
});

/** A finding as one line. */
export const findingLine = ({ subject, state, detail, advice }: Finding): string =>
  `${state.padEnd(5)} ${subject.padEnd(12)} ${detail}${advice === undefined ? "" : `; ${advice}`}`;
