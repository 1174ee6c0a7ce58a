import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { requireOrSkip } from "@barrage/testkit";
import {
  arrivalsOf,
  parseSpread,
  popularityOf,
  readRecordedTalk,
  recordingOf,
  talkersOf,
} from "../../src/index.ts";

const DATA = fileURLToPath(new URL("../../../../../shared/data/danmaku/", import.meta.url));

const XML = (rows: readonly (readonly [seconds: number, who: string])[]): string =>
  `<i>${rows.map(([at, who], index) => `<d p="${at},1,25,16777215,1700000000,0,${who},${index + 1}">弹</d>`).join("")}</i>`;

/** A folder with two recorded files, removed at the end. */
function folder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "barrage-load-"));
  writeFileSync(
    join(path, "a.xml"),
    XML([
      [2, "u1"],
      [1, "u2"],
      [3, "u1"],
      [5, "u1"],
    ]),
  );
  writeFileSync(join(path, "b.xml"), XML([[0, "u3"]]));
  writeFileSync(join(path, "none.xml"), "<i></i>");
  writeFileSync(join(path, "text.txt"), "no danmaku");
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

describe("a recording", () => {
  it("[LD-41] gives the moments of its danmaku, at any speed, and how much each sender said", () => {
    using at = folder();

    const recording = recordingOf({ file: "a.xml", speed: 2 }, at.path);
    const arrivals = arrivalsOf({ stages: [], recording });

    assert.deepEqual([recording.file, recording.speed], ["a.xml", 2]);
    assert.deepEqual(
      [0, 1, 2, 3].map((index) => arrivals.dueAt(index)),
      [0, 500, 1_000, 2_000],
    );
    assert.deepEqual(readRecordedTalk(join(at.path, "a.xml")).bySender, [3, 1]);
  });

  it("[LD-41] gives rooms the number of danmaku of their files, and users those of a file's senders", () => {
    using at = folder();

    assert.deepEqual(popularityOf({ recorded: ["a.xml", "b.xml"] }, at.path), {
      kind: "recorded",
      counts: [4, 1],
    });
    assert.deepEqual(talkersOf({ recorded: "a.xml" }, at.path), { kind: "recorded", counts: [3, 1] });
    assert.deepEqual(
      [
        "constant",
        "zipf",
        "zipf 1.2",
        "zipf:2",
        "recorded 5 3 1",
        "recorded a.xml",
        "recorded a.xml b.xml",
      ].map(parseSpread),
      [
        "constant",
        "zipf",
        { zipf: 1.2 },
        { zipf: 2 },
        { recorded: [5, 3, 1] },
        { recorded: "a.xml" },
        { recorded: ["a.xml", "b.xml"] },
      ],
    );
  });

  it("[LD-41] is refused where nothing is recorded", () => {
    using at = folder();

    for (const file of ["none.xml", "text.txt", "missing.xml"])
      assert.throws(() => recordingOf({ file }, at.path), { code: "LOAD_BAD_RECORDING" }, file);
    for (const text of ["", "even", "zipf 0", "zipf 1 2", "recorded", "constant 1"])
      assert.throws(() => parseSpread(text), { code: "LOAD_BAD_PLAN" }, text);
  });

  it("[LD-41] may be of a real evening", requireOrSkip("shared-data", existsSync(DATA)), () => {
    for (const [file, count] of [
      ["vlog-1224.xml", 1_224],
      ["drama-16348.json", 16_348],
    ] as const) {
      const { timesMs, bySender } = readRecordedTalk(join(DATA, file));

      assert.deepEqual([timesMs.length, bySender.reduce((sum, each) => sum + each, 0)], [count, count]);
    }
  });
});
