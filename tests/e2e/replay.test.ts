import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { assertLedger, requireOrSkip } from "@barrage/testkit";
import { buildPage, CHROMIUM, LivePage } from "./harness/browser.ts";
import { CheckingViewer } from "./harness/checking-viewer.ts";
import { assertSameBag, colorShown, makeFile, readRows, readRowsOf, sharedFile } from "./harness/files.ts";
import type { ReadRow } from "./harness/files.ts";
import { get, ledgerOf } from "./harness/api.ts";
import { runBarrage, ServeProcess, temporaryFolder } from "./harness/serve-process.ts";

const VIEWERS = 50;
const ROOM = "replay";
const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));

/** What a replay can carry of a row: a live danmaku has its own sender, time and id. */
const live = ({ pts, mode, size, color, text }: ReadRow): string =>
  JSON.stringify([pts, mode, size, colorShown(color), text]);
/** Everything a row says. */
const whole = (row: ReadRow): string => JSON.stringify({ ...row, color: colorShown(row.color) });

const manyViewers = (url: string, count: number): Promise<readonly CheckingViewer[]> =>
  Promise.all(Array.from({ length: count }, () => CheckingViewer.join(url, `room_id=${ROOM}`)));

/** Replays a file into a watched room and checks what every viewer got. */
async function replayAndCheck(
  server: ServeProcess,
  { file, speed = "max" }: { readonly file: string; readonly speed?: string },
  viewers: readonly CheckingViewer[],
): Promise<void> {
  const rows = readRowsOf(file);
  const before = viewers.map(({ texts }) => texts.length);
  const room = ["--room", ROOM, "--url", server.url, "--data", server.data, "--speed", speed];
  const { code, stdout, stderr } = await runBarrage(["replay", file, ...room]);
  assert.equal(code, 0, stderr + stdout);
  assert.match(
    stdout,
    new RegExp(`sent ${rows.length} of ${rows.length} .* acked ${rows.length}, held 0, lost 0`),
  );
  await Promise.all(
    viewers.map((viewer, place) =>
      viewer.until(() => viewer.texts.length >= (before[place] ?? 0) + rows.length),
    ),
  );
  const expected = rows.map(({ text }) => text);
  for (const [place, viewer] of viewers.entries()) {
    assert.deepEqual(viewer.faults, []);
    assert.deepEqual(viewer.gaps, []);
    assert.equal(viewer.shed, 0);
    assertSameBag(viewer.texts.slice(before[place]), expected);
  }
}

async function checkExport(server: ServeProcess, rows: readonly ReadRow[]): Promise<void> {
  const exported = readRows((await get(server.url, `/api/v1/rooms/${ROOM}/danmu.xml`)).text);
  assertSameBag(exported.map(live), rows.map(live));
}

async function checkImport(server: ServeProcess, file: string, folder: string): Promise<void> {
  const room = `imported-${readRowsOf(file).length}`;
  const out = join(folder, "export.xml");
  const imported = await runBarrage([
    "import",
    file,
    "--room",
    room,
    "--url",
    server.url,
    "--data",
    server.data,
  ]);
  assert.equal(imported.code, 0, imported.stderr);
  const exported = await runBarrage(["export", "--room", room, "--url", server.url, "-o", out]);
  assert.equal(exported.code, 0, exported.stderr);
  assertSameBag(readRowsOf(out).map(whole), readRowsOf(file).map(whole));
}

describe("a file replayed through the public API", { timeout: 240_000 }, () => {
  it("[CL-10] reaches every viewer exactly once, in order, with its text; the export has it all", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "made.xml");
    writeFileSync(file, makeFile(400));
    await using server = await ServeProcess.start(join(folder.path, "data"));
    const viewers = await manyViewers(server.url, 8);

    await replayAndCheck(server, { file }, viewers);

    await checkExport(server, readRowsOf(file));
    const records = viewers.reduce((sum, { items }) => sum + items.length, 0);
    assertLedger(await ledgerOf(server.url), { records, withheld: 0 });
    for (const viewer of viewers) viewer.close();
  });

  it("[CL-11] comes out of an import as it went in", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "made.xml");
    writeFileSync(file, makeFile(300));
    await using server = await ServeProcess.start(join(folder.path, "data"));

    await checkImport(server, file, folder.path);
  });
});

const vlog = sharedFile("vlog-1224.xml");
const trailer = sharedFile("trailer-1783.xml");
const hasFiles = vlog !== undefined && trailer !== undefined;

describe("two real files", { timeout: 300_000, ...requireOrSkip("shared-data", hasFiles) }, () => {
  it("[CL-10] reach 50 viewers exactly once, in order, with their texts; the export has them all", async () => {
    assert.ok(vlog !== undefined && trailer !== undefined);
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(join(folder.path, "data"));
    const viewers = await manyViewers(server.url, VIEWERS);

    await replayAndCheck(server, { file: vlog }, viewers);
    await replayAndCheck(server, { file: trailer }, viewers);

    await checkExport(server, [...readRowsOf(vlog), ...readRowsOf(trailer)]);
    const records = viewers.reduce((sum, { items }) => sum + items.length, 0);
    assertLedger(await ledgerOf(server.url), { records, withheld: 0 });
    for (const viewer of viewers) viewer.close();
  });

  it("[CL-11] come out of an import as they went in", async () => {
    assert.ok(vlog !== undefined && trailer !== undefined);
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(join(folder.path, "data"));

    await checkImport(server, vlog, folder.path);
    await checkImport(server, trailer, folder.path);
  });
});

describe("the page", { timeout: 300_000, ...requireOrSkip("chromium", existsSync(CHROMIUM)) }, () => {
  before(buildPage);

  it("[CL-12] shows every danmaku of a replay in its list, while 50 other viewers watch", async () => {
    using folder = temporaryFolder();
    const made = join(folder.path, "made.xml");
    writeFileSync(made, makeFile(600));
    // Some hundred a second at most: the list keeps 200 lines, and a browser under load may draw only now and then.
    const files = hasFiles
      ? [
          { file: vlog, speed: "60" },
          { file: trailer, speed: "8" },
        ]
      : [{ file: made, speed: "1" }];
    await using server = await ServeProcess.start(join(folder.path, "data"));
    const viewers = await manyViewers(server.url, VIEWERS);
    await using page = await LivePage.open(server.url, ROOM);

    for (const each of files) await replayAndCheck(server, each, viewers);

    const expected = files.flatMap(({ file }) => readRowsOf(file)).map(({ text }) => text);
    assertSameBag(await page.textsShown(expected.length), expected);
    for (const viewer of viewers) viewer.close();
  });

  it("[CL-12] is pictured for the README when asked for", async (test) => {
    if (process.env["BARRAGE_SCREENSHOTS"] !== "1") return test.skip("set BARRAGE_SCREENSHOTS=1");
    using folder = temporaryFolder();
    mkdirSync(IMAGES, { recursive: true });
    await using server = await ServeProcess.start(join(folder.path, "data"), ["--demo"]);
    for (const [name, width, height] of [
      ["live", 1_280, 800],
      ["live-phone", 390, 844],
    ] as const) {
      await using page = await LivePage.open(server.url, "demo", { width, height });
      await page.picture(join(IMAGES, `${name}.png`), 24);
      assert.notEqual(readFileSync(join(IMAGES, `${name}.png`)).length, 0);
    }
  });
});
