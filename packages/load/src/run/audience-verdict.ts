import type { ViewerVerdict } from "../stream/viewer-stream.ts";

/** What a number of viewers got together. */
export interface GroupVerdict extends ViewerVerdict {
  readonly viewers: number;
}

/** What all viewers together got; verdicts of several workers add up. */
export interface AudienceVerdict extends GroupVerdict {
  /** The same by room, under the names of `roomNames`. */
  readonly rooms: Readonly<Record<string, GroupVerdict>>;
}

const NONE: GroupVerdict = {
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

export const NO_VERDICT: AudienceVerdict = { ...NONE, rooms: {} };

const addGroups = (a: GroupVerdict, b: GroupVerdict): GroupVerdict => ({
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

/** Adds the verdicts of single visits up, each with the name its room counts under; a viewer counts where it was first. */
export function audienceOf(
  visits: Iterable<readonly [room: string, verdict: ViewerVerdict, isFirst: boolean]>,
): AudienceVerdict {
  const rooms = new Map<string, GroupVerdict>();
  for (const [room, verdict, isFirst] of visits)
    rooms.set(room, addGroups(rooms.get(room) ?? NONE, { ...verdict, viewers: isFirst ? 1 : 0 }));
  return { ...[...rooms.values()].reduce(addGroups, NONE), rooms: Object.fromEntries(rooms) };
}

export function addVerdicts(a: AudienceVerdict, b: AudienceVerdict): AudienceVerdict {
  const rooms = new Map(Object.entries(a.rooms));
  for (const [name, verdict] of Object.entries(b.rooms))
    rooms.set(name, addGroups(rooms.get(name) ?? NONE, verdict));
  return { ...addGroups(a, b), rooms: Object.fromEntries(rooms) };
}
