import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { listenOnSocketFile, SOCKET_PATH_MAX_BYTES } from "../../src/owner-link/socket-file.ts";
import { temporaryDir } from "../support/test-server.ts";

function server(t: TestContext): Server {
  const made = createServer((socket) => socket.destroy());
  t.after(() => made.close());
  return made;
}

/** A socket file whose process was killed. */
async function leftBehind(path: string): Promise<void> {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "close");
}

describe("the socket file", () => {
  it("[WK-4] and the folder made for it are this user's alone", async (t) => {
    const path = join(temporaryDir(t), "own", "owner.sock");

    await listenOnSocketFile(server(t), path);

    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(path, "..")).mode & 0o777, 0o700);
  });

  it("[WK-4] that a dead process left is replaced", async (t) => {
    const path = join(temporaryDir(t), "owner.sock");
    await leftBehind(path);
    assert.equal(existsSync(path), true);

    const here = server(t);
    await listenOnSocketFile(here, path);

    assert.equal(here.listening, true);
  });

  it("[WK-4] at which somebody answers stays theirs", async (t) => {
    const path = join(temporaryDir(t), "owner.sock");
    const first = server(t);
    await listenOnSocketFile(first, path);

    await assert.rejects(listenOnSocketFile(server(t), path), { code: "SERVER_SOCKET_TAKEN" });

    assert.equal(first.listening, true);
    assert.equal(existsSync(path), true);
  });

  it("[WK-4] a file that is no socket is not touched", async (t) => {
    const path = join(temporaryDir(t), "owner.sock");
    writeFileSync(path, "precious");

    await assert.rejects(listenOnSocketFile(server(t), path), { code: "SERVER_SOCKET_UNUSABLE" });

    assert.equal(readFileSync(path, "utf8"), "precious");
  });

  it("[WK-4] a path may have 107 bytes, not 108", async (t) => {
    const dir = temporaryDir(t);
    const named = (bytes: number): string => join(dir, "x".repeat(bytes - Buffer.byteLength(dir) - 1));

    await listenOnSocketFile(server(t), named(SOCKET_PATH_MAX_BYTES - 1));
    await listenOnSocketFile(server(t), named(SOCKET_PATH_MAX_BYTES));
    await assert.rejects(listenOnSocketFile(server(t), named(SOCKET_PATH_MAX_BYTES + 1)), {
      code: "SERVER_SOCKET_PATH_TOO_LONG",
    });
  });
});
