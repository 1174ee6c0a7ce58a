import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolveConfig } from "@barrage/server";
import { findingLine } from "../src/doctor/check.ts";
import { judgeSync } from "../src/doctor/disk.ts";
import { judgeNode, judgeOpenFiles } from "../src/doctor/machine.ts";
import { judgeWorkers } from "../src/doctor/workers.ts";

describe("doctor", () => {
  it("[CL-8] wants Node 24", () => {
    assert.deepEqual(
      ["18.0.0", "23.11.1", "24.0.0", "26.1.0"].map((version) => judgeNode(version).state),
      ["bad", "bad", "ok", "ok"],
    );
  });

  it("[CL-8] warns below 4096 open files and above 20 ms of fsync, with advice", () => {
    assert.deepEqual(
      [4_095, 4_096, "unlimited", undefined].map((limit) => judgeOpenFiles(limit as number).state),
      ["warn", "ok", "ok", "ok"],
    );
    assert.deepEqual(
      [19.9, 20, 20.1].map((ms) => judgeSync(ms).state),
      ["ok", "ok", "warn"],
    );
    assert.match(
      findingLine(judgeOpenFiles(256)),
      /^warn +open files +256, .*; raise it for more: ulimit -n/,
    );
  });

  it("[CL-8] tells how many workers there would be, and warns of more than two processes a processor", () => {
    const machine = { parallelism: 2, reusePort: true };
    const judged = (count: string | undefined) => {
      const flags = count === undefined ? {} : { "workers.count": count };
      return judgeWorkers(resolveConfig({ flags }).config.workers, machine);
    };

    assert.deepEqual(
      [undefined, "auto", "3", "4"].map((count) => judged(count).state),
      ["ok", "ok", "ok", "warn"],
    );
    assert.match(judged(undefined).detail, /one process; 2 processors/);
    assert.match(judged("auto").detail, /1 at the start, 1 to 1, on 2 processors; the kernel shares a port/);
  });
});
