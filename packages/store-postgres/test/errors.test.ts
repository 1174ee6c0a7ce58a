import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { DatabaseError } from "pg";
import { background } from "@barrage/kernel";
import { POSTGRES_ERRORS, postgresError } from "../src/index.ts";
import { postgresFailure } from "../src/postgres-failure.ts";

const ADDRESS = "db.example:5432/barrage";

const said = (code: string): Error =>
  Object.assign(new DatabaseError('a "quoted" text of a user', 1, "error"), { code });

describe("the errors of the archive on PostgreSQL", () => {
  it("[PG-20] names each SQLSTATE that says something of the database, and repeats nothing of a user", () => {
    for (const [state, code] of [
      ["08006", "PG_UNREACHABLE"],
      ["57P01", "PG_UNREACHABLE"],
      ["57P03", "PG_UNREACHABLE"],
      ["53300", "PG_UNREACHABLE"],
      ["57014", "PG_TIMEOUT"],
      ["25P03", "PG_TIMEOUT"],
      ["55P03", "PG_BLOCKED"],
      ["40P01", "PG_BLOCKED"],
      ["40001", "PG_BLOCKED"],
      ["53100", "PG_FULL"],
      ["53200", "PG_FULL"],
      ["25006", "PG_READ_ONLY"],
      ["28P01", "PG_REFUSED"],
      ["3D000", "PG_REFUSED"],
      ["42501", "PG_DENIED"],
      ["22P02", "PG_UNEXPECTED"],
    ] as const) {
      const failure = postgresFailure(ADDRESS, said(state));

      assert.equal((failure as { code?: string }).code, code, state);
      assert.equal(failure.message.includes("quoted"), false);
      assert.equal((failure.cause as Error).message.includes("quoted"), true);
    }
  });

  it("[PG-20] names failures of the socket and of the driver", () => {
    for (const [error, code] of [
      [Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "PG_UNREACHABLE"],
      [Object.assign(new Error("x"), { code: "EPIPE" }), "PG_UNREACHABLE"],
      [Object.assign(new Error("x"), { code: "ENOENT" }), "PG_UNREACHABLE"],
      [new Error("Connection terminated unexpectedly"), "PG_UNREACHABLE"],
      [new Error("Client has encountered a connection error and is not queryable"), "PG_UNREACHABLE"],
      [new TypeError("no code"), "PG_UNEXPECTED"],
      ["text", "PG_UNEXPECTED"],
    ] as const) {
      assert.equal((postgresFailure(ADDRESS, error) as { code?: string }).code, code);
    }
  });

  it("[PG-20] leaves cancellations and our own errors as they are", () => {
    using ctx = background.cancellable();
    ctx.cancel();
    let cancelled: unknown;
    try {
      ctx.throwIfCancelled();
    } catch (error) {
      cancelled = error;
    }
    const busy = postgresError("PG_BUSY", { waiting: 1, total: 1 });

    assert.equal(postgresFailure(ADDRESS, cancelled), cancelled);
    assert.equal(postgresFailure(ADDRESS, busy), busy);
  });

  it("[PG-20] every code of the table is thrown in some test", () => {
    const tests = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(new URL(name, import.meta.url), "utf8"))
      .join("\n");

    assert.deepEqual(
      Object.keys(POSTGRES_ERRORS).filter((code) => !tests.includes(`"${code}"`)),
      [],
    );
  });
});
