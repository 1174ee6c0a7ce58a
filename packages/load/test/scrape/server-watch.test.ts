import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { rootContext, Scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { listeningProcesses, processFigures } from "../../src/scrape/process-figures.ts";
import { ServerWatch } from "../../src/scrape/server-watch.ts";

type Answer = (
  asked: number,
  token: string | undefined,
) => { readonly status: number; readonly text: string };

/** A server whose pages are what `answer` says. */
async function pages(
  answer: Answer,
): Promise<{ readonly url: string; readonly port: number } & AsyncDisposable> {
  let asked = 0;
  const server = createServer((request, response) => {
    const { status, text } = answer((asked += 1), request.headers.authorization);
    response.writeHead(status, { "content-length": Buffer.byteLength(text), connection: "close" }).end(text);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** An answer's limit, ms: any other timer is the wait for the end of a second. */
const ANSWER_MS = 800;

/** Runs a watch, second after second, until it has so many or ends by itself. */
async function watched(watch: ServerWatch, seconds: number): Promise<void> {
  const clock = new FakeClock();
  await using tasks = new Scope(rootContext({ clock }), { name: "test" });
  let isRunning = true;
  const running = tasks.spawn((ctx) => watch.run(clock.now(), ctx), { name: "watch" });
  running.then(
    () => (isRunning = false),
    () => {},
  );
  while (isRunning && watch.seconds.length < seconds) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const wait = clock.nextTimer === undefined ? ANSWER_MS : clock.nextTimer - clock.now();
    if (wait !== ANSWER_MS) await clock.advance(wait);
  }
  running.cancel();
}

describe("the server's own figures", () => {
  it("[LD-48] are read at the end of each second, with the token, and named by that second", async () => {
    const tokens = new Set<string | undefined>();
    await using server = await pages((asked, token) => {
      tokens.add(token);
      return { status: 200, text: `barrage_connections ${asked}\n` };
    });
    const watch = new ServerWatch({ metricsUrl: server.url, token: "secret" });

    await watched(watch, 2);

    const [first, second] = watch.seconds;
    assert.equal(first?.second, 0);
    assert.deepEqual([first.connections, second?.second, second?.connections], [2, 1, 3]);
    assert.deepEqual([...tokens], ["Bearer secret"]);
    assert.equal(watch.said, server.url);
  });

  it("[LD-48] are those of the process that listens on the port, where there is no page", async () => {
    await using server = await pages(() => ({ status: 404, text: "" }));
    const watch = new ServerWatch({ metricsUrl: server.url, processes: { port: server.port } });

    await watched(watch, 1);

    const [first] = watch.seconds;
    // It is this process itself.
    assert.deepEqual(listeningProcesses(server.port), [process.pid]);
    assert.ok((first?.residentBytes ?? 0) > 10_000_000 && (first?.cpu ?? -1) >= 0);
    assert.equal(watch.said, `/proc of process ${process.pid}`);
  });

  it("[LD-48] are none where nobody tells them, and the reason is said", async () => {
    await using server = await pages(() => ({ status: 404, text: "" }));
    const watch = new ServerWatch({ metricsUrl: server.url });

    await watched(watch, 1);

    assert.deepEqual(watch.seconds, []);
    assert.equal(watch.said, `none (${server.url} answers 404)`);
    assert.equal(processFigures([2 ** 22 + 1]), undefined);
  });
});
