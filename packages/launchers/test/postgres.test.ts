import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
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

  const asRoot = process.getuid?.() === 0 ? {} : { skip: "only root is refused by PostgreSQL" };
  it("[CU-4] tells root of a folder that the server's user cannot enter", asRoot, async () => {
    using folder = temporaryFolder();
    const closed = join(folder.path, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o700);

    await assert.rejects(PostgresServer.start(kept(join(closed, "pg"))), { code: "LAUNCHER_FOLDER_CLOSED" });
  });
});
