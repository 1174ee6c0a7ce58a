import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { busySeconds, figuresOf } from "../load/process-stat.ts";

/** A process that has a child, which writes `writes` single bytes to /dev/null and burns CPU; it says when it is done. */
const FAMILY = `
const { spawn } = require("node:child_process");
const inner = \`
  const fs = require("node:fs");
  const file = fs.openSync("/dev/null", "w");
  for (let i = 0; i < 5000; i += 1) fs.writeSync(file, "x");
  const end = process.cpuUsage().user + 300000;
  while (process.cpuUsage().user < end);
  console.log("done");
  setInterval(() => {}, 1e9);
\`;
spawn(process.execPath, ["-e", inner], { stdio: "inherit" });
setInterval(() => {}, 1e9);
`;

describe("figures of a process", () => {
  it("adds up a process and its children, the writes they made and the CPU they took", async () => {
    const parent = spawn(process.execPath, ["-e", FAMILY], {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    try {
      await once(parent.stdout, "data");
      const figures = figuresOf(parent.pid ?? 0);

      assert.ok(figures.cpuSeconds >= 0.3, `${figures.cpuSeconds} s of CPU`);
      assert.ok(figures.writes >= 5_000 && figures.writes < 6_000, `${figures.writes} writes`);
      assert.ok(figures.peakBytes >= figures.residentBytes && figures.residentBytes > 2 ** 20);
      assert.ok(busySeconds() >= figures.cpuSeconds);
    } finally {
      process.kill(-(parent.pid ?? 0), "SIGKILL");
      await once(parent, "exit");
    }
  });

  it("counts nothing for a process that has ended", () => {
    const none = { cpuSeconds: 0, residentBytes: 0, peakBytes: 0, writes: 0, bytesRead: 0 };

    assert.deepEqual(figuresOf(2 ** 30), none);
  });
});
