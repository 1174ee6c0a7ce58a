import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { sleep } from "@barrage/kernel";
import { temporaryFolder } from "./support/folders.ts";
import { needs } from "./support/programs.ts";

const PARENT = new URL("./support/parent-process.ts", import.meta.url).pathname;
const onLinux = existsSync("/usr/bin/setpriv") ? {} : { skip: "needs setpriv (Linux)" };

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("a server whose parent is killed", needs("redis-server"), () => {
  it("[CU-5] ends by itself", onLinux, async () => {
    using folder = temporaryFolder();
    const parent = spawn(process.execPath, [PARENT, folder.path], { stdio: ["ignore", "pipe", "inherit"] });
    let pids: readonly number[] = [];
    for await (const line of createInterface({ input: parent.stdout })) {
      pids = JSON.parse(line) as number[];
      break;
    }

    const before = pids.filter(isAlive);
    parent.kill("SIGKILL");

    assert.equal(before.length, 3);
    while (pids.some(isAlive)) await sleep(20);
  });
});
