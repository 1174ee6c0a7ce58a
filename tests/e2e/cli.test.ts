import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { showStart, timeStart } from "../support/own-time.ts";
import type { StartTime } from "../support/own-time.ts";
import { get } from "./harness/api.ts";
import { CheckingViewer } from "./harness/checking-viewer.ts";
import { runBarrage, ServeProcess, temporaryFolder } from "./harness/serve-process.ts";
import type { Ended } from "./harness/serve-process.ts";

/** Longest second start, ms, from the process to the address. */
const START_MS = 2_000;
const MEASURED_STARTS = 3;

/** One line of plain words on stderr, nothing on stdout. */
function assertOneLine({ stdout, stderr }: Ended, pattern: RegExp): void {
  assert.equal(stdout, "");
  assert.match(stderr, pattern);
  assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
}

describe("the barrage command", { timeout: 120_000 }, () => {
  it("[CL-1] refuses an unknown option, a bad value and a missing one with one line and exit code 2", async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["serve", "--prot", "1"], /unknown option --prot; did you mean --port\?/],
      [["serve", "--port", "http"], /--server\.port/],
      [["serve", "--port", "65536"], /--server\.port/],
      [["serve", "--port"], /--port needs a value/],
      [["serve", "--demo=maybe"], /--demo takes no value/],
      [["serve", "extra"], /unexpected argument extra/],
      [["replay", "file.xml"], /--room/],
      [["replay", "file.xml", "--room", "a b"], /--room must be/],
      [["replay", "file.xml", "--room", "r", "--speed", "0"], /--speed must be/],
      [["sevre"], /unknown command sevre; did you mean serve\?/],
    ];
    for (const [args, pattern] of cases) {
      const ended = await runBarrage(args);
      assertOneLine(ended, pattern);
      assert.equal(ended.code, 2, args.join(" "));
    }
  });

  it("[CL-2] says that a port is taken in one line, with exit code 1", async () => {
    using folder = temporaryFolder();
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;

    const ended = await runBarrage(["serve", "--port", String(port), "--no-demo", "--data", folder.path]);

    taken.close();
    assertOneLine(ended, new RegExp(`[Pp]ort ${port}`));
    assert.equal(ended.code, 1);
  });

  it("[CL-2] says that a data folder cannot be used in one line, with exit code 1", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "file");
    writeFileSync(file, "");

    const ended = await runBarrage(["serve", "--port", "0", "--no-demo", "--data", join(file, "data")]);

    assertOneLine(ended, /data folder/);
    assert.equal(ended.code, 1);
  });

  it("[CL-2] says what is wrong with a config file, and that a missing one is missing", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "barrage.json");
    writeFileSync(file, JSON.stringify({ server: { prot: 1 } }));

    const bad = await runBarrage(["serve", "--config", file]);
    const missing = await runBarrage(["config", "check", "--config", join(folder.path, "none.json")]);

    assertOneLine(bad, /server\.prot/);
    assert.equal(bad.code, 1);
    assertOneLine(missing, /none\.json/);
    assert.equal(missing.code, 1);
  });

  it("[CL-3] prints the address in its first line, a free port for --port 0, and serves there", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path);

    assert.match(server.lines[0] ?? "", /^Barrage listens on http:\/\/127\.0\.0\.1:\d+$/);
    assert.notEqual(server.port, 0);
    assert.equal((await get(server.url, "/healthz")).status, 200);
  });

  it("[CL-4] starts a second time in under two seconds", async (test) => {
    using folder = temporaryFolder();
    const starts: StartTime[] = [];
    for (let start = 0; start <= MEASURED_STARTS; start += 1) {
      const timed = timeStart();
      await using server = await ServeProcess.start(folder.path, ["--demo"]);
      starts.push(timed(server.pid));
    }
    const [first, ...later] = starts.map(showStart);
    test.diagnostic(`first ${first}; then ${later.join("; ")}`);
    // The best: what else this machine does only adds time.
    assert.ok(Math.min(...starts.slice(1).map(({ own }) => own)) < START_MS, later.join("; "));
    assert.ok(Math.min(...starts.slice(1).map(({ processor }) => processor)) < START_MS, later.join("; "));
  });

  it("[CL-5] --no-demo wins over --demo, wherever it stands", async () => {
    for (const flags of [
      ["--demo", "--no-demo"],
      ["--no-demo", "--demo"],
    ]) {
      using folder = temporaryFolder();
      await using server = await ServeProcess.start(folder.path, flags);

      await server.line(/^ +stop /);
      assert.equal(
        server.lines.some((line) => line.includes("demo room")),
        false,
      );
      assert.deepEqual((await get(server.url, "/api/v1/rooms")).json, { rooms: [] });
    }
  });

  it("[CL-6] SIGINT ends it with code 0 and a word about it", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path);

    server.kill("SIGINT");
    const { code, stdout, stderr } = await server.ended;

    assert.equal(code, 0, stderr);
    assert.match(stdout, /SIGINT: telling viewers/);
  });

  it("[CL-36] nobody reads what it says any more: it goes on, and drains when it is told to end", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, ["--telemetry.log-level=info"]);

    server.stopReading();
    server.kill("SIGTERM");
    const { code, stderr } = await server.ended;

    assert.equal(code, 0, stderr);
    assert.match(stderr, /the server has ended/);
  });

  it("[CL-6] a second signal ends it at once, while it still waits for viewers", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, [
      "--server.shutdown-spread-ms=60000",
      "--server.shutdown-deadline-ms=120000",
    ]);
    const viewers = await Promise.all(
      Array.from({ length: 20 }, () => CheckingViewer.join(server.url, "room_id=patient")),
    );

    server.kill("SIGINT");
    await server.line(/SIGINT: telling viewers/);
    server.kill("SIGINT");

    assert.equal((await server.ended).code, 130);
    for (const viewer of viewers) viewer.close();
  });

  it("[CL-7] tells its version and each command's options with examples", async () => {
    assert.match((await runBarrage(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
    for (const command of ["serve", "replay", "import", "export", "config", "doctor"]) {
      const { code, stdout } = await runBarrage([command, "--help"]);
      assert.equal(code, 0);
      assert.match(stdout, /EXAMPLES/);
      assert.match(stdout, new RegExp(`barrage ${command} `));
    }
  });

  it("[CL-8] doctor looks at the machine, one line for each thing, and fails when something is bad", async () => {
    using folder = temporaryFolder();
    const well = await runBarrage(["doctor", "--port", "0", "--data", folder.path]);
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    const ill = await runBarrage(["doctor", "--port", "0", "--data", file]);

    assert.equal(well.code, 0, well.stdout);
    for (const subject of ["node", "open files", "data", "fsync", "port"])
      assert.match(well.stdout, new RegExp(subject));
    assert.equal(ill.code, 1);
    assert.match(ill.stdout, /^bad +data/m);
  });

  it("[CL-9] config show names each value's source", async () => {
    const { stdout, code } = await runBarrage(["config", "show", "--port", "1234"]);

    assert.equal(code, 0);
    assert.match(stdout, /^server\.port +flag +1234$/m);
    assert.match(stdout, /^server\.host +default +127\.0\.0\.1$/m);
  });
});
