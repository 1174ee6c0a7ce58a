import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { runCommand } from "../support/run-command.ts";
import type { Told } from "../support/run-command.ts";

const load = (args: readonly string[], onErr?: (line: string) => void): Promise<Told> =>
  runCommand(["load", ...args], onErr === undefined ? {} : { onErr });

/** A server that takes connections and cuts them: no run begins there. */
async function cutting(t: TestContext): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.destroy();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  t.after(() => new Promise((resolve) => void server.close(resolve)));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

describe("barrage load with workers", () => {
  it("[LD-32] refuses what cannot be of workers with code 2 and one line", async () => {
    for (const args of [
      ["live-room", "--workers", "0"],
      ["live-room", "--workers", "257"],
      ["live-room", "--listen", "127.0.0.1:0"],
      ["live-room", "--remote-workers", "1"],
      ["live-room", "--remote-workers", "1", "--listen", "9400"],
      ["live-room", "--controller", "127.0.0.1:9400"],
      ["live-room", "--source-addresses", "127.0.0.2,here"],
      ["worker", "--controller", "127.0.0.1:9400"],
      ["worker", "--token", "a token of a run"],
      ["worker", "--token", "a token of a run", "--controller", "nowhere"],
    ]) {
      const { code, out, err } = await load(args);

      assert.deepEqual([code, out.length, err.length], [2, 0, 1], `${args.join(" ")}: ${err.join()}`);
    }
  });

  it("[LD-32] ends with code 1 where workers and controller cannot meet", async () => {
    const token = ["--token", "a token of a run"];
    for (const args of [
      // Port 9 is discard: nobody listens there.
      ["worker", "--controller", "127.0.0.1:9", ...token],
      ["worker", "--controller", "127.0.0.1:9400", "--token", "too short"],
      ["live-room", "--remote-workers", "1", "--listen", "192.0.2.1:9400", ...token],
    ]) {
      const { code, err } = await load(args);

      assert.deepEqual([code, err.length], [1, 1], `${args.join(" ")}: ${err.join()}`);
    }
  });

  it("[LD-32] gives the run to the worker of another machine that its own line starts", async (t) => {
    const url = await cutting(t);
    let worker: Promise<Told> | undefined;
    const options = ["--workers", "0", "--remote-workers", "1", "--listen", "127.0.0.1:0"];

    const told = await load(["live-room", "--url", url, "--viewers", "1", ...options], (line) => {
      const started = /barrage load (worker --controller \S+ --token \S+)/.exec(line)?.[1];
      if (started !== undefined) worker = load(started.split(" "));
    });

    // The worker could not log in: the controller says so, and the worker's own part is done.
    assert.equal(told.code, 1);
    assert.match(told.err.join("\n"), /has joined\n.*does not answer/s);
    assert.deepEqual((await worker)?.out, ["joined", "the run is over"]);
  });
});
