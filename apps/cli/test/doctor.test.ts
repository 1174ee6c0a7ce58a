import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findingLine } from "../src/doctor/check.ts";
import { judgeSync } from "../src/doctor/disk.ts";
import { judgeNode, judgeOpenFiles } from "../src/doctor/machine.ts";

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
});
