import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { trapsPage } from "../../scripts/docs/traps-page.ts";
import { trapNames } from "./catalogue.ts";
import { runTraps } from "./run-all.ts";
import { complaints, type Ran } from "./verdict.ts";

/** Each trap's rule. */
const RULES: Readonly<Record<string, string>> = {
  T01: "[TR-1] a task that receives for ever",
  T02: "[TR-2] a variable captured by a late task",
  T03: "[TR-3] a failure lost in a background task",
  T04: "[TR-4] a shared variable without synchronisation",
  T05: "[TR-5] an unbounded start",
  T06: "[TR-6] an ignored trySend",
  T07: "[TR-7] a nil and a closed channel",
  T08: "[TR-8] a hard-coded capacity",
  T09: "[TR-9] a cancellation not passed on",
  T10: "[TR-10] an uneven pool with a dead worker",
  T11: "[TR-11] a channel closed too early",
  T12: "[TR-12] one channel for all receivers",
  T13: "[TR-13] a task per stream",
  T14: "[TR-14] connections left open",
  T15: "[TR-15] media time from the wall clock",
  T16: "[TR-16] a shared decoder",
  T17: "[TR-17] a null dereference",
  T18: "[TR-18] an index out of range",
  T19: "[TR-19] a map changed while iterated",
  T20: "[TR-20] a send after close",
  T21: "[TR-21] a failed type assertion",
  T22: "[TR-22] a variable shared between requests",
  T23: "[TR-23] a counter of several writers",
  T24: "[TR-24] a double initialisation",
  T25: "[TR-25] a ticker never stopped",
  T26: "[TR-26] a small slice of a big buffer",
  T27: "[TR-27] a cancel never called",
  T28: "[TR-28] an unread response",
  T29: "[TR-29] a cleanup in a loop",
  T30: "[TR-30] a misused wait group",
  T31: "[TR-31] a timer per turn",
  T32: "[TR-32] a lock held too widely",
  T33: "[TR-33] misaligned atomics",
  T34: "[TR-34] a map for the wrong load",
  T35: "[TR-35] values left in a channel",
  T36: "[TR-36] a select without default",
};

describe("traps", () => {
  let ran: ReadonlyMap<string, Ran>;
  before(async () => {
    ran = await runTraps();
  });

  for (const [id, rule] of Object.entries(RULES)) {
    it(`${rule} does damage, is found by its line, and its safe version is clean`, () => {
      const each = ran.get(id) ?? { failure: `${id} has no folder` };

      assert.deepEqual(complaints(each), []);
    });
  }

  it("[TR-40] every folder is one trap of the catalogue", () => {
    assert.deepEqual(
      trapNames.map(({ id }) => id),
      Object.keys(RULES),
    );
  });

  it("[TR-41] the pages have every trap, with its title, in English and in Chinese", async () => {
    for (const language of ["en", "zh"] as const) {
      const headings = [...(await trapsPage(language)).matchAll(/^## (T\d\d) \S/gm)].map((match) => match[1]);
      assert.deepEqual(headings, Object.keys(RULES));
    }
  });
});
