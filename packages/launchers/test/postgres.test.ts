import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { background } from "@barrage/kernel";
import { PostgresServer } from "@barrage/launchers";
import { temporaryFolder } from "./support/folders.ts";
import { needs, postgres } from "./support/programs.ts";

const PASSWORD = "p@ss/word";

const kept = (dir: string) => ({ programs: postgres(), dir, keep: true, password: PASSWORD }) as const;

/** What PostgreSQL's own client prints. */
async function sql(url: string, text: string): Promise<string> {
  const args = ["--no-psqlrc", "--no-password", "--tuples-only", "--no-align", url, "-c", text];
  // Beside the server itself: on PATH there may be links to some of its programs only.
  const bin = dirname(realpathSync(join(postgres().bin, "postgres")));
  const { stdout } = await promisify(execFile)(join(bin, "psql"), args);
  return stdout.trim();
}

describe("PostgreSQL", needs("postgresql"), () => {
  it("[CU-2, CU-3] has what was written, after a stop and after a kill, for who has the password", async () => {
    using folder = temporaryFolder();
    const dir = join(folder.path, "pg");

    const first = await PostgresServer.start(kept(dir));
    await sql(first.url(), "CREATE TABLE words (word text); INSERT INTO words VALUES ('first')");
    await first.stop();
    const second = await PostgresServer.start(kept(dir));
    await sql(second.url(), "INSERT INTO words VALUES ('second')");
    await second[Symbol.asyncDispose]();
    await using third = await PostgresServer.start(kept(dir));
    const url = third.url();

    assert.equal(await sql(url, "SELECT word FROM words ORDER BY word"), "first\nsecond");
    assert.notEqual(url, first.url());
    await assert.rejects(sql(url.replace(/:[^:@]*@/, "@"), "SELECT 1"), /no password supplied/);
    await assert.rejects(sql(url.replace("p%40", "q%40"), "SELECT 1"), /authentication failed/);
    assert.equal(statSync(dir).mode & 0o077, 0);
    assert.throws(() => statSync(join(dir, "password")), { code: "ENOENT" });
  });

  it("[CU-4] says what initdb said, and leaves none of it when the start is cancelled", async () => {
    using folder = temporaryFolder();
    const bin = join(folder.path, "bin");
    mkdirSync(bin);
    const initdb = (script: string): void =>
      writeFileSync(join(bin, "initdb"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const options = { ...kept(join(folder.path, "pg")), programs: { bin } };
    using ctx = background.cancellable({ name: "start" });

    initdb("echo no space; exit 3");
    await assert.rejects(PostgresServer.start(options), {
      code: "LAUNCHER_ENDED",
      message: /code 3\s+no space/,
    });
    initdb("echo $$; exec sleep 600");
    const start = PostgresServer.start(options, ctx);
    ctx.cancel();
    await assert.rejects(start, { name: "CancelledError" });

    const pid = Number(readFileSync(join(folder.path, "pg/initdb.log"), "utf8").split("\n").at(-2));
    if (pid > 0) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });

  const asRoot = process.getuid?.() === 0 ? {} : { skip: "only root is refused by PostgreSQL" };
  it("[CU-4] tells root of a folder that the server's user cannot enter", asRoot, async () => {
    using folder = temporaryFolder();
    const closed = join(folder.path, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o700);

    await assert.rejects(PostgresServer.start(kept(join(closed, "pg"))), { code: "LAUNCHER_FOLDER_CLOSED" });
  });
});
