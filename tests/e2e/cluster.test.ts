import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { connect } from "@barrage/client";
import { openRedis, REDIS_DEFAULTS, RedisWishes } from "@barrage/cluster";
import { background } from "@barrage/kernel";
import { createLogger, resolveConfig, startRole } from "@barrage/server";
import { CLOSE } from "@barrage/protocol";
import { assertLedger, OtlpCollector } from "@barrage/testkit";
import type { CollectedSpan } from "@barrage/testkit";
import { startTracing } from "../../packages/server/src/telemetry/tracing.ts";
import { get, ledgerOf, login, post, wholeHistory } from "./harness/api.ts";
import { CheckingViewer } from "./harness/checking-viewer.ts";
import type { Seen } from "./harness/checking-viewer.ts";
import { ClusterProcesses } from "./harness/cluster-processes.ts";
import type { ProcessName } from "./harness/cluster-processes.ts";
import { needsCluster } from "./harness/cluster-site.ts";
import { publish } from "./harness/load.ts";
import { Audience, startStubbornLoad, until } from "./harness/workers.ts";

const GATEWAYS = ["gateway-1", "gateway-2"] as const;
const PUBLISHERS = 3;
/** Between two danmaku of one publisher, ms: a light load. */
const PAUSE_MS = 20;
/** So short that a test can wait for a missed heartbeat. */
const HEARTBEAT_MS = 1_500;
/** A claim of a key holds a second longer, ms. */
const DELIVERY_MS = 4_000;
const CALLER_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER_SPAN = "00f067aa0ba902b7";

interface Event extends Seen {
  readonly event?: { readonly type: string };
}

const eventsOf = ({ items }: CheckingViewer): readonly string[] =>
  items.flatMap((item) => (item as Event).event?.type ?? []);

describe("the roles of a cluster", { timeout: 450_000, ...needsCluster() }, () => {
  let cluster: ClusterProcesses;
  let collector: OtlpCollector;

  before(async () => {
    collector = await OtlpCollector.listen();
    cluster = await ClusterProcesses.start({
      words: "perhaps\thold\n",
      settings: {
        "engine.rooms.heartbeat-timeout-ms": String(HEARTBEAT_MS),
        "engine.heartbeat-ms": "1000",
        "cluster.kafka.delivery-timeout-ms": String(DELIVERY_MS),
        // A machine that is full stands still for seconds: that is not what these tests are about.
        "cluster.kafka.request-timeout-ms": "20000",
        "cluster.kafka.session-timeout-ms": "20000",
        "cluster.redis.timeout-ms": "20000",
        "telemetry.tracing.endpoint": collector.endpoint,
        "telemetry.tracing.from-callers": "true",
        "telemetry.tracing.sample": "0",
      },
    });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await collector?.[Symbol.asyncDispose]();
  });

  /** One at each gateway, one after the other: the first makes the room. */
  const viewersOf = async (room: string): Promise<CheckingViewer[]> => {
    const viewers: CheckingViewer[] = [];
    for (const name of GATEWAYS) viewers.push(await joined(cluster.url(name), room));
    return viewers;
  };

  it("[CR-30] one order for the viewers of every gateway, whichever process took the danmaku", async () => {
    const ann = await cluster.token("ann");
    const viewers = await viewersOf("order");
    const socket = connect({ url: cluster.url("gateway-2"), room: "order", token: ann });
    const acks = [];
    for (let i = 0; i < 10; i += 1) {
      const place = { url: cluster.url(i % 2 === 0 ? "ingest" : "gateway-1"), room: "order", token: ann };
      const spoken = { content: `socket ${i}`, client_msg_id: `socket-${i}` };
      const [over, said] = await Promise.all([
        publishAt(place, `http-${i}`, `http ${i}`),
        socket.send(spoken),
      ]);
      acks.push({ content: `http ${i}`, seq: Number(over.json["seq"]) });
      assert.ok("seq" in said);
      acks.push({ content: `socket ${i}`, seq: said.seq });
    }
    const expected = acks.toSorted((a, b) => a.seq - b.seq).map(({ content }) => content);
    for (const viewer of viewers) {
      await seen(viewer, () => viewer.texts.length >= expected.length);
      assert.deepEqual(viewer.texts, expected);
      assert.deepEqual(viewer.faults, []);
    }
    socket.close();
    for (const [i, viewer] of viewers.entries()) {
      viewer.close();
      // The second gateway also served the one that spoke.
      if (i === 0) assertLedger(await ledgerOf(cluster.url("gateway-1")), { records: viewer.items.length });
    }
  });

  it("[CR-42] a new room that is opened at both gateways at once is there for both", async () => {
    for (let i = 0; i < 5; i += 1) {
      const room = `new-${i}`;
      const viewers = await Promise.all(
        GATEWAYS.map((name) => CheckingViewer.join(cluster.url(name), `room_id=${room}`)),
      );
      for (const viewer of viewers) {
        assert.deepEqual([viewer.errors, viewer.closeCode], [[], undefined]);
        viewer.close();
      }
    }
  });

  it("[CR-31] a mute cuts where the log says, for every viewer alike", async () => {
    const [bob, moderator] = [await cluster.token("bob"), await cluster.token("mod", "moderator")];
    const viewers = await viewersOf("muted");
    const load = publishUntilMuted(cluster.url("ingest"), "muted", bob);
    await until(() => load.acked.length >= 10);
    await asked(cluster.url("gateway-1"), "/api/v1/rooms/muted/mute", { uid: "bob" }, moderator);
    await load.refused;

    const [first] = viewers;
    assert.ok(first);
    await seen(first, () => eventsOf(first).includes("mute"));
    const cut = first.items.find((item) => (item as Event).event?.type === "mute")?.seq ?? 0;
    const before = load.acked.filter(({ seq }) => seq < cut).map(({ content }) => content);
    for (const viewer of viewers) {
      await seen(viewer, () => viewer.head >= cut);
      assert.deepEqual(viewer.texts, before);
      assert.deepEqual(viewer.faults, []);
      viewer.close();
    }
  });

  it("[CR-31] what is held is seen once approved, and what is recalled goes, at every gateway", async () => {
    const [ann, moderator] = [await cluster.token("ann"), await cluster.token("mod", "moderator")];
    const viewers = await viewersOf("desk");
    const place = { url: cluster.url("ingest"), room: "desk", token: ann };
    const { id, held } = (await publishAt(place, "h-1", "perhaps not")).json;
    assert.equal(held, true);

    const waiting = await fetch(new URL("/api/v1/rooms/desk/held", cluster.url("gateway-2")), {
      headers: { authorization: `Bearer ${moderator}` },
    });
    assert.match(await waiting.text(), /perhaps not/);
    const approve = `/api/v1/rooms/desk/held/${String(id)}/approve`;
    await asked(cluster.url("gateway-2"), approve, {}, moderator);
    for (const viewer of viewers) await seen(viewer, () => viewer.texts.includes("perhaps not"));

    await asked(cluster.url("ingest"), "/api/v1/rooms/desk/recall", { id }, moderator);
    for (const viewer of viewers) {
      await seen(viewer, () => viewer.items.some(({ kind }) => kind === "recall"));
      assert.deepEqual(viewer.faults, []);
      viewer.close();
    }
    const late = await joined(cluster.url("gateway-1"), "desk");
    assert.deepEqual(late.texts, []);
    late.close();
  });

  it("[CR-32] a heartbeat makes the room live for all, and its absence ends that", async () => {
    const host = await cluster.token("host", "host");
    await asked(cluster.url("ingest"), "/api/v1/rooms", { id: "stream" }, host);
    const viewers = await viewersOf("stream");

    const beat = await asked(cluster.url("ingest"), "/api/room/stream/heartbeat", {}, host);
    assert.equal(beat.json["status"], "ok");
    for (const viewer of viewers) {
      await seen(viewer, () => eventsOf(viewer).includes("live"));
      await seen(viewer, () => eventsOf(viewer).includes("offline"));
      assert.deepEqual(viewer.faults, []);
      viewer.close();
    }
  });

  it("[CR-33] history and the list of rooms are the same at every process with the API", async () => {
    const ann = await cluster.token("ann");
    await publishAt({ url: cluster.url("ingest"), room: "past", token: ann }, "p", "kept");

    const [here, there] = [
      await wholeHistory(cluster.url("ingest"), "past"),
      await wholeHistory(cluster.url("gateway-1"), "past"),
    ];
    assert.deepEqual(here, there);
    assert.deepEqual(
      here.flatMap(({ content }) => content ?? []),
      ["kept"],
    );
    for (const name of ["ingest", "gateway-2"] as const)
      assert.match((await get(cluster.url(name), "/api/v1/rooms")).text, /"past"/);
  });

  it("[CR-41] unique viewers are counted over all gateways: a user once, an address once", async () => {
    const ann = await cluster.token("ann");
    const viewers = await viewersOf("unique");
    for (const name of GATEWAYS) viewers.push(await joined(cluster.url(name), "unique", ann));
    // At each gateway one without a token, of one address, and ann.
    for (const name of ["ingest", "gateway-2"] as const)
      await until(
        async () => (await get(cluster.url(name), "/api/v1/rooms/unique")).json["unique_viewers"] === 2,
      );
    for (const viewer of viewers) viewer.close();
  });

  it("[CR-34] ingest takes no viewers, and says where they belong", async () => {
    const viewer = new CheckingViewer(cluster.url("ingest"), "room_id=order");
    await viewer.until(() => viewer.closeCode !== undefined);

    assert.deepEqual([viewer.errors[0]?.code, viewer.closeCode], ["BARRAGE_NO_VIEWERS_HERE", 4003]);
  });

  it("[CR-20, CR-22] router and archiver say how it goes, and nothing else", async () => {
    for (const [name, role] of [
      ["router", "router"],
      ["archiver", "archiver"],
    ] as const) {
      const url = cluster.url(name);
      assert.equal((await get(url, "/api/v1/rooms")).status, 404);
      // A role serves before it has its partitions, and before it has had a reason to ask each server.
      const wanted = [
        `barrage_partitions_owned{role="${role}"} 4`,
        ...["kafka", "redis", "postgres"].map((service) => `barrage_dependency_up{service="${service}"} 1`),
        ...[0, 1, 2, 3].map((i) => `barrage_partition_lag_records{role="${role}",partition="${i}"} 0`),
      ];
      await until(async () => {
        const lines = new Set((await get(url, "/metrics")).text.split("\n"));
        return wanted.every((line) => lines.has(line));
      });
      await ready(url);
    }
  });

  it("[CR-40] a room's flush window is the longest that one of its gateways wishes for", async () => {
    const nodes = cluster.site.redis.nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
    const link = await openRedis({ ...REDIS_DEFAULTS, nodes }, background);
    const busy = new RedisWishes(link, { gateway: "a busy one", lifeMs: 600_000 });
    const viewer = await joined(cluster.url("gateway-1"), "crowded");
    const load = await lightLoad(cluster, "crowded", "w");
    const longest = async (name: ProcessName): Promise<number> =>
      Number(
        /^barrage_flush_window_seconds (\S+)$/m.exec((await get(cluster.url(name), "/metrics")).text)?.[1],
      );
    try {
      await busy.tell([["crowded", 120]], background);
      await viewer.until(() => viewer.windowMs === 120);
      // Theirs is the longest of all their rooms: a machine that is late just then wishes for more in another one.
      for (const name of ["router", "gateway-1"] as const)
        await until(async () => (await longest(name)) === 0.12);
      const late = await joined(cluster.url("gateway-2"), "crowded");
      await late.until(() => late.windowMs === 120);
      await busy.tell([["crowded", 0]], background);
      for (const each of [viewer, late]) {
        await each.until(() => each.windowMs === 10);
        assert.deepEqual(each.faults, []);
        each.close();
      }
    } finally {
      await load.stop();
      await link.close();
    }
  });

  it("[OP-41, SE-18] a danmaku is one trace over ingest, router and gateway to the SDK of a viewer", async () => {
    const log = createLogger({ level: "silent" });
    const settings = { endpoint: collector.endpoint, sample: 0, fromCallers: false, serviceName: "viewer" };
    await using tracing = await startTracing(settings, log);
    assert.ok(tracing !== undefined);
    using viewer = connect({ url: cluster.url("gateway-1"), room: "traced", tracing });
    await new Promise<void>((resolve) => void viewer.on("snapshot", () => resolve()));
    const followed = new Promise<void>((resolve) => {
      viewer.on("item", (item) => item.kind === "danmaku" && item.content === "followed" && resolve());
    });
    const response = await fetch(new URL("/api/v1/danmu", cluster.url("ingest")), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${await cluster.token("ann")}`,
        traceparent: `00-${CALLER_TRACE}-${CALLER_SPAN}-01`,
      },
      body: JSON.stringify({ room_id: "traced", content: "followed" }),
    });
    assert.equal(response.status, 202, await response.text());
    await followed;
    viewer.close();

    const chain = [
      "ingest: POST /api/v1/danmu",
      "ingest: publish",
      "router: route",
      "gateway-1: fan-out",
      "viewer: receive",
    ];
    const spans = await collector.until((all) => chainOf(all, CALLER_SPAN).length >= chain.length);
    assert.deepEqual(chainOf(spans, CALLER_SPAN), chain);
    assert.deepEqual(new Set(spans.map(({ traceId }) => traceId)), new Set([CALLER_TRACE]));
  });

  it("[CR-21] without PostgreSQL the archiver is not ready, the others go on and say so, and history catches up", async () => {
    const ann = await cluster.token("ann");
    const place = { url: cluster.url("ingest"), room: "away", token: ann };
    const viewer = await joined(cluster.url("gateway-1"), "away");

    await cluster.site.postgres.kill();
    const status = async (name: ProcessName) => (await get(cluster.url(name), "/readyz")).status;
    await until(async () => (await status("archiver")) === 503);
    for (const name of ["ingest", "router", "gateway-1"] as const) {
      await until(async () => (await get(cluster.url(name), "/readyz")).json["degraded"] !== undefined);
      assert.equal(await status(name), 200, name);
    }
    await publishAt(place, "w-1", "meanwhile");
    await seen(viewer, () => viewer.texts.includes("meanwhile"));
    assert.deepEqual(viewer.faults, []);
    viewer.close();

    await cluster.site.postgres.restart();
    await until(async () => (await status("archiver")) === 200);
    await until(async () => /meanwhile/.test((await get(place.url, "/api/v1/rooms/away/danmu")).text));
  });

  it("[CR-36, CR-44] all roles in one process are one more member of each group, and leave nothing behind", async () => {
    const flags = {
      ...cluster.site.settings(),
      "cluster.role": "all",
      "cluster.instance-id": "all-1",
      "server.port": "0",
      "server.shutdown-spread-ms": "0",
      // The others have made more than that.
      "engine.rooms.max": "1",
    };
    const role = await startRole(resolveConfig({ flags }).config, { log: createLogger({ level: "fatal" }) });
    try {
      const ann = await login(role.url, { uid: "ann" });
      const far = await joined(cluster.url("gateway-1"), "one");
      const near = await joined(role.url, "one");
      const place = { url: role.url, room: "one", token: ann };
      await Promise.all([1, 2, 3].map((i) => publishAt(place, `a-${i}`, `all ${i}`)));
      for (const viewer of [far, near]) {
        await seen(viewer, () => viewer.texts.length >= 3);
        assert.deepEqual(viewer.faults, []);
        viewer.close();
      }
      assert.deepEqual(near.texts, far.texts);
      await ready(role.url);
      const beyond = await firstRefused(role.url, await cluster.token("host", "host"));
      await joined(cluster.url("gateway-1"), beyond).then((viewer) => viewer.close());
    } finally {
      await role.close();
    }
  });

  it("[CR-35] ingest killed between append and key write: a retry makes no second danmaku", async () => {
    const ann = await cluster.token("ann");
    const place = { url: cluster.url("ingest"), room: "once", token: ann };
    const viewer = await joined(cluster.url("gateway-1"), "once");
    await publishAt(place, "o-0", "before");
    const appended = async (): Promise<number> =>
      Number(/^barrage_log_appended_total (\d+)$/m.exec((await get(place.url, "/metrics")).text)?.[1]);
    const had = await appended();
    const claims = await keysOf(cluster);

    cluster.site.kafka.freeze(0);
    const unanswered = publish(place, "o-1", "once").catch(() => undefined);
    await until(async () => (await keysOf(cluster)) > claims);
    for (const [node] of cluster.site.redis.nodes.entries()) cluster.site.redis.freeze(node);
    cluster.site.kafka.thaw(0);
    await until(async () => (await appended()) > had);
    await cluster.kill("ingest");
    for (const [node] of cluster.site.redis.nodes.entries()) cluster.site.redis.thaw(node);
    assert.equal(await unanswered, undefined);

    await cluster.again("ingest");
    const again = { ...place, url: cluster.url("ingest") };
    await publishAt(again, "o-1", "once");
    await publishAt(again, "o-2", "after");
    await seen(viewer, () => viewer.texts.includes("after"));
    assert.deepEqual(viewer.texts, ["before", "once", "after"]);
    assert.deepEqual(viewer.faults, []);
    viewer.close();
  });

  it("[CR-37] a killed router that is started again loses and doubles nothing", async () => {
    using audience = await audienceOf(cluster, "killed");
    const load = await lightLoad(cluster, "killed", "k");

    await cluster.kill("router");
    await cluster.again("router");
    await acks(load, 20);
    await load.stop();

    await audience.sawExactly(load);
  });

  it("[CR-38] a rolling restart of every role under load loses and doubles nothing", async () => {
    using audience = await audienceOf(cluster, "rolled");
    const load = await lightLoad(cluster, "rolled", "r");

    for (const name of ["ingest", "router", "archiver", "gateway-1", "gateway-2"] as const) {
      assert.equal(await cluster.stop(name), 0, name);
      await cluster.again(name);
      await acks(load, 10);
    }
    await load.stop();

    await audience.sawExactly(load);
    const history = await wholeHistory(cluster.url("gateway-1"), "rolled");
    assert.deepEqual(
      history.flatMap(({ kind, content }) => (kind === "danmaku" ? [content] : [])),
      load.acked.toSorted((a, b) => a.seq - b.seq).map(({ content }) => content),
    );
    for (const name of GATEWAYS) {
      const ledger = await ledgerOf(cluster.url(name));
      assertLedger(ledger, { records: ledger.delivered });
    }
  });
});

/** It works, and so does every server that it asks; a machine that is full lets one look away for a moment. */
async function ready(url: string): Promise<void> {
  await until(async () => isDeepStrictEqual((await get(url, "/readyz")).json, { status: "ready" }));
}

/** A viewer who has seen the room. One who is told to come back does so, as any client. */
async function joined(url: string, room: string, token?: string): Promise<CheckingViewer> {
  const query = token === undefined ? `room_id=${room}` : `room_id=${room}&token=${token}`;
  for (;;) {
    const viewer = await CheckingViewer.join(url, query);
    if (viewer.closeCode === undefined) return viewer;
    assert.equal(viewer.closeCode, CLOSE.TRY_AGAIN.code, JSON.stringify(viewer.errors));
  }
}

/** A new room that is one too many. Where Redis takes too long to answer, one more is made first. */
async function firstRefused(url: string, token: string): Promise<string> {
  let tries = 0;
  const id = (): string => `beyond-${tries}`;
  await until(async () => {
    tries += 1;
    return /BARRAGE_OVERLOADED/.test((await post(url, "/api/v1/rooms", { id: id() }, token)).text);
  });
  return id();
}

type Answer = Awaited<ReturnType<typeof post>>;

/** The first answer that does not say to come again. */
async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask();
  await until(async () => {
    if (answer.status !== 503) return true;
    answer = await ask();
    return false;
  });
  assert.equal(answer.status < 300, true, answer.text);
  return answer;
}

const asked = (...call: Parameters<typeof post>): Promise<Answer> => patiently(() => post(...call));
const publishAt = (...call: Parameters<typeof publish>): Promise<Answer> => patiently(() => publish(...call));

/** What a viewer is to see has come; one that was closed would wait for ever. */
async function seen(viewer: CheckingViewer, isMet: () => boolean): Promise<void> {
  await viewer.until(() => isMet() || viewer.closeCode !== undefined);
  assert.equal(viewer.closeCode, undefined, JSON.stringify(viewer.errors));
}

type Load = ReturnType<typeof startStubbornLoad>;

async function lightLoad(cluster: ClusterProcesses, room: string, name: string): Promise<Load> {
  const load = startStubbornLoad({
    url: cluster.url("ingest"),
    room,
    token: await cluster.token("publisher"),
    name,
    publishers: PUBLISHERS,
    pauseMs: PAUSE_MS,
  });
  await acks(load, 20);
  return load;
}

async function acks(load: Load, more: number): Promise<void> {
  const wanted = load.acked.length + more;
  await until(() => load.acked.length >= wanted);
}

/** Viewers at both gateways who come back by themselves. */
async function audienceOf(cluster: ClusterProcesses, room: string): Promise<Audience> {
  const audience = new Audience();
  for (const name of GATEWAYS) for (const _ of [1, 2]) await audience.add(cluster.url(name), room);
  return audience;
}

/** Keys that are claimed or settled, over all nodes. */
async function keysOf({ site }: ClusterProcesses): Promise<number> {
  const found = await Promise.all(
    site.redis.nodes.map((_, node) => site.redis.ask(node, "KEYS", "barrage:key:*")),
  );
  return found.flat().length;
}

/** Publishes one after the other until it is refused for being muted. */
function publishUntilMuted(url: string, room: string, token: string) {
  const acked: { readonly content: string; readonly seq: number }[] = [];
  const run = async (): Promise<void> => {
    for (let i = 0; ;) {
      const content = `said ${i}`;
      const { status, json, text } = await publish({ url, room, token }, `m-${i}`, content);
      if (status === 403) return;
      // The same one again.
      if (status === 503) continue;
      assert.equal(status, 202, text);
      acked.push({ content, seq: Number(json["seq"]) });
      i += 1;
    }
  };
  return { acked, refused: run() };
}

/** The steps from the caller's span on: each the one child of the step before it. */
function chainOf(spans: readonly CollectedSpan[], from: string): readonly string[] {
  const children = spans.filter(({ parentSpanId }) => parentSpanId === from);
  return children.flatMap((span) => [`${span.service}: ${span.name}`, ...chainOf(spans, span.spanId)]);
}
