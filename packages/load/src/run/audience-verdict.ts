import type { ViewerVerdict } from "../stream/viewer-stream.ts";

/** What all viewers together got; verdicts of several workers add up. */
export interface AudienceVerdict extends ViewerVerdict {
  readonly viewers: number;
}

export const NO_VERDICT: AudienceVerdict = {
  viewers: 0,
  expected: 0,
  received: 0,
  lost: 0,
  withheld: 0,
  doubles: 0,
  disordered: 0,
  gaps: 0,
  chainBreaks: 0,
};

export const addVerdicts = (a: AudienceVerdict, b: AudienceVerdict): AudienceVerdict => ({
  viewers: a.viewers + b.viewers,
  expected: a.expected + b.expected,
  received: a.received + b.received,
  lost: a.lost + b.lost,
  withheld: a.withheld + b.withheld,
  doubles: a.doubles + b.doubles,
  disordered: a.disordered + b.disordered,
  gaps: a.gaps + b.gaps,
  chainBreaks: a.chainBreaks + b.chainBreaks,
});
