/** A second as its successor sees it: how much each of its senders said. */
export interface Demand {
  /** Danmaku by sender. */
  readonly bySender: ReadonlyMap<string, number>;
  /** Senders beyond those that were told apart; one danmaku each. */
  readonly others: number;
}

/**
 * How a ceiling is shared out in the second after some demand, max-min fair by sender: everybody's first danmaku before
 * anybody's second, and so on.
 */
export interface FairShare {
  /** Of each sender so many are shown, as long as there is room. */
  readonly each: number;
  /**
   * What part of those who say more gets one more; `undefined` when the last second's demand was met in full, and what
   * is left goes to those who say more than anybody did then.
   */
  readonly oneMore: number | undefined;
  /** How many such further danmaku there may be. */
  readonly further: number;
}

/** Pure. O(senders + the most that one said). */
export function fairShare({ bySender, others }: Demand, ceiling: number): FairShare {
  // atLeast[k]: senders who said k danmaku or more.
  const atLeast: number[] = [0, others];
  for (const said of bySender.values()) {
    // A sender is never shown more than the ceiling.
    for (let k = 1; k <= Math.min(said, ceiling); k++) atLeast[k] = (atLeast[k] ?? 0) + 1;
  }
  let reserved = 0;
  let each = 0;
  for (;;) {
    const wanted = atLeast[each + 1] ?? 0;
    if (wanted === 0) break;
    if (reserved + wanted > ceiling) {
      const further = ceiling - reserved;
      return { each, oneMore: further / wanted, further };
    }
    reserved += wanted;
    each += 1;
  }
  // Half of the ceiling stays free for those who have not been heard, who come unforeseen.
  const further = ceiling - Math.max(reserved, Math.floor(ceiling / 2));
  return { each: Math.max(1, each), oneMore: undefined, further };
}
