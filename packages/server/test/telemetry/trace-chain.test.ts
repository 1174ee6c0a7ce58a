import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { connect } from "@barrage/client";
import type { ReceiveTracing, SeenItem } from "@barrage/client";
import { createLogger, resolveConfig, startGatewayWorker, startOwner } from "@barrage/server";
import { OtlpCollector } from "@barrage/testkit";
import type { CollectedSpan } from "@barrage/testkit";
import { startTracing } from "../../src/telemetry/tracing.ts";
import { fetchAnswer, memoryStore, temporaryDir, testServer } from "../support/test-server.ts";

const CALLER_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER_SPAN = "00f067aa0ba902b7";
const CALLER = `00-${CALLER_TRACE}-${CALLER_SPAN}-01`;
const tracing = (endpoint: string, serviceName: string) => ({
  "telemetry.tracing.endpoint": endpoint,
  "telemetry.tracing.service-name": serviceName,
  "telemetry.tracing.from-callers": "true",
  "telemetry.tracing.sample": "0",
});

async function collector(t: TestContext): Promise<OtlpCollector> {
  const started = await OtlpCollector.listen();
  t.after(() => started[Symbol.asyncDispose]());
  return started;
}

/** A viewer's program, which tells its own collector of what it receives. */
async function viewerTracing(endpoint: string) {
  const log = createLogger({ level: "silent" });
  const started = await startTracing({ endpoint, sample: 0, fromCallers: false, serviceName: "viewer" }, log);
  assert.ok(started !== undefined);
  return started;
}

/** The steps from the caller's span on: each the one child of the step before it. */
function chainOf(spans: readonly CollectedSpan[], from: string): readonly string[] {
  const children = spans.filter(({ parentSpanId }) => parentSpanId === from);
  assert.ok(children.length <= 1, `${from} has ${children.length} children`);
  return children.flatMap((span) => [`${span.service}: ${span.name}`, ...chainOf(spans, span.spanId)]);
}

interface Place {
  readonly url: string;
}

/** Publishes one danmaku in the caller's trace; answers the trace of its record as a viewer on the SDK received it. */
async function publishTraced({ url }: Place, tracing?: ReceiveTracing): Promise<string | undefined> {
  using room = connect({ url, room: "r", ...(tracing === undefined ? {} : { tracing }) });
  await new Promise<void>((resolve) => void room.on("snapshot", () => resolve()));
  const arrived = new Promise<SeenItem>((resolve) => {
    room.on("batch", ({ items }) => items.forEach((item) => item.kind === "danmaku" && resolve(item)));
  });
  const call = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetchAnswer(`${url}${path}`, "POST", { body: JSON.stringify(body), headers });
  const { json } = await call("/auth/login", { uid: "u" });
  const headers = { authorization: `Bearer ${String(json["token"])}`, traceparent: CALLER };
  const answer = await call("/api/v1/danmu", { room_id: "r", content: "traced" }, headers);
  assert.equal(answer.status, 202);
  const item = await arrived;
  assert.equal(item.id, answer.json["id"]);
  return "trace" in item ? item.trace : undefined;
}

/** As `publishTraced`, for a viewer who tells its step, and whose telling has come to the collector. */
async function followTraced(place: Place, endpoint: string): Promise<void> {
  await using own = await viewerTracing(endpoint);
  await publishTraced(place, own);
}

describe("the trace of a danmaku", () => {
  it("[OP-41, IN-16] is one chain from the caller to the viewer, and its id is in the log", async (t) => {
    const { endpoint, spans } = await collector(t);
    const server = await testServer(t, tracing(endpoint, "server"));
    await followTraced(server, endpoint);
    await server.close();

    assert.deepEqual(chainOf(spans, CALLER_SPAN), [
      "server: POST /api/v1/danmu",
      "server: publish",
      "server: route",
      "server: fan-out",
      "viewer: receive",
    ]);
    assert.deepEqual(new Set(spans.map(({ traceId }) => traceId)), new Set([CALLER_TRACE]));
    for (const said of ["/api/v1/danmu", '"step":"route"', '"step":"fan-out"'])
      assert.ok(
        server.lines.some((line) => line.includes(said) && line.includes(CALLER_TRACE)),
        said,
      );
  });

  it("[OP-41] goes on through owner and worker", async (t) => {
    const { endpoint, spans } = await collector(t);
    const dir = temporaryDir(t);
    const log = createLogger({ level: "silent" });
    const configOf = (name: string) =>
      resolveConfig({
        flags: { "store.dir": dir, "server.shutdown-spread-ms": "0", ...tracing(endpoint, name) },
      }).config;
    const socketPath = join(dir, "owner.sock");
    const openStore = async () => memoryStore();
    const owner = await startOwner(configOf("owner"), { socketPath, log, openStore });
    t.after(() => owner.close());
    const worker = await startGatewayWorker(configOf("worker"), {
      socketPath,
      log,
      worker: { id: "1", generation: 1 },
      listen: { host: "127.0.0.1", port: 0, reusePort: false },
    });
    t.after(() => worker.close());
    await followTraced(worker, endpoint);
    await worker.close();
    await owner.close();

    assert.deepEqual(chainOf(spans, CALLER_SPAN), [
      "worker: POST /api/v1/danmu",
      "owner: publish",
      "owner: route",
      "worker: fan-out",
      "viewer: receive",
    ]);
  });

  it("[OP-42] is not there for a request that is not sampled, nor for one whose caller is not asked", async (t) => {
    const { endpoint, spans } = await collector(t);
    const flags = { ...tracing(endpoint, "server"), "telemetry.tracing.from-callers": "false" };
    const server = await testServer(t, flags);

    assert.equal(await publishTraced(server), undefined);
    await server.close();
    assert.deepEqual(spans, []);
  });
});
