import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DEFAULT_SETTINGS, Stage } from "@barrage/overlay";
import { blockedBy } from "../src/settings/filter.ts";
import { overlayQuery } from "../src/settings/overlay-query.ts";
import {
  BLOCKED_MAX,
  blockUser,
  blockWord,
  DEFAULTS,
  overlayChange,
  parseSettings,
  RANGES,
} from "../src/settings/settings.ts";
import { readStored, writeStored } from "../src/settings/stored.ts";

describe("settings", () => {
  it("[WB-3] come back as they were kept", () => {
    const settings = {
      ...DEFAULTS,
      opacity: 0.4,
      density: "few",
      enabled: false,
      blockedWords: ["剧透"],
      blockedUsers: [{ uid: "u", name: "N" }],
    } as const;
    assert.deepEqual(parseSettings(JSON.stringify(settings)), settings);
    assert.deepEqual(parseSettings(null), DEFAULTS);
  });

  it("[WB-3] are whole and in range whatever was kept", () => {
    const some = fc.record(
      {
        opacity: fc.anything(),
        size: fc.anything(),
        area: fc.double(),
        enabled: fc.anything(),
        density: fc.anything(),
        blockedWords: fc.anything(),
        blockedUsers: fc.array(fc.anything()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          some.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          const settings = parseSettings(text);
          assert.deepEqual(Object.keys(settings).sort(), Object.keys(DEFAULTS).sort());
          for (const [name, { min, max }] of Object.entries(RANGES)) {
            const value = settings[name as keyof typeof RANGES];
            assert.ok(value >= min && value <= max);
          }
          assert.ok(settings.blockedWords.every((word) => typeof word === "string"));
        },
      ),
    );
  });

  it("[WB-3] are what the overlay takes", () => {
    const change = overlayChange(parseSettings('{"opacity":0.1,"size":9,"speed":0,"area":0}'));
    const settings = { ...DEFAULT_SETTINGS, ...change, modes: DEFAULT_SETTINGS.modes };
    const stage = new Stage({ settings, measure: () => 10, pendingLimit: 1, now: 0 });

    stage.update(settings, 0);
    assert.deepEqual([change.scale, change.speed, change.area], [2, 0.5, 0.25]);
  });

  it("[WB-4] keep at most 200 blocked words and users, the newest, each once", () => {
    let settings = DEFAULTS;
    for (let i = 0; i < BLOCKED_MAX + 1; i++)
      settings = blockUser(blockWord(settings, ` w${i} `), { uid: `u${i}`, name: "n" });
    assert.equal(settings.blockedWords.length, 200);
    assert.equal(settings.blockedUsers.length, 200);
    assert.equal(settings.blockedWords.at(-1), "w200");
    assert.equal(blockWord(settings, "w200"), settings);
    assert.equal(blockWord(settings, "   "), settings);
    assert.equal(blockUser(settings, { uid: "u200", name: "other" }), settings);
  });

  it("[WB-3] do without a storage", () => {
    const forbidden = (): Storage => {
      throw new Error("denied");
    };
    writeStored("a", "b", forbidden);
    assert.equal(readStored("a", forbidden), null);
  });
});

describe("filter", () => {
  const isBlocked = blockedBy({
    blockedWords: ["Spoiler", "ＡＢＣ", ""],
    blockedUsers: [{ uid: "bob", name: "Bob" }],
  });

  for (const [uid, text, expected] of [
    ["ann", "a SPOILER here", true],
    ["ann", "ａｂｃ", true],
    ["ann", "xabcx", true],
    ["ann", "harmless", false],
    ["bob", "harmless", true],
    ["Bob", "harmless", false],
  ] as const) {
    it(`[WB-4] ${expected ? "hides" : "shows"} “${text}” of ${uid}`, () => {
      assert.equal(isBlocked({ uid, text }), expected);
    });
  }
});

describe("overlay address", () => {
  it("[WB-5] sets what it names, within range, and leaves the rest", () => {
    const { settings, past } = overlayQuery(
      "?opacity=0.5&size=99&speed=x&density=few&colourful=0&block=a&block=b&blockuser=u&past=1",
    );
    assert.deepEqual(
      [settings.opacity, settings.size, settings.speed, settings.density, settings.colourful],
      [0.5, 2, 1, "few", false],
    );
    assert.deepEqual(settings.blockedWords, ["a", "b"]);
    assert.deepEqual(settings.blockedUsers, [{ uid: "u", name: "u" }]);
    assert.equal(past, true);
    assert.equal(overlayQuery("").settings.density, "all");
  });
});
