import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { assertLedger } from "@barrage/testkit";
import { get, ledgerOf, login, post } from "./harness/api.ts";
import { CheckingViewer } from "./harness/checking-viewer.ts";
import { NO_LIMITS } from "../support/no-limits.ts";
import { publish } from "./harness/load.ts";
import { ServeProcess, temporaryFolder } from "./harness/serve-process.ts";

const ROOM = "hostile";
const ROOM_QUERY = `room_id=${ROOM}`;
const FRAME_MAX_BYTES = 16_384;

/** The close code that a connection ends with. */
async function closeOf(viewer: CheckingViewer): Promise<number | undefined> {
  await viewer.until(() => viewer.closeCode !== undefined);
  return viewer.closeCode;
}

/** Joins, sends one frame, and tells what the connection was closed with. */
async function closeAfter(url: string, frame: string | Buffer): Promise<number | undefined> {
  const viewer = await CheckingViewer.join(url, ROOM_QUERY);
  viewer.socket.send(frame);
  return closeOf(viewer);
}

/** Sends bytes to the port and reads until the server hangs up. */
async function rawExchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  socket.end(bytes);
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const isWell = async (url: string): Promise<boolean> => (await get(url, "/healthz")).status === 200;

/** A metric's value by its whole name, labels included; 0 while it is not there. */
async function metric(url: string, name: string): Promise<number> {
  const line = (await get(url, "/metrics")).text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}

describe("hostile clients", { timeout: 180_000 }, () => {
  it("[CL-15] what is no frame closes its own connection with its own code, and the server goes on", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path);
    const { url } = server;
    const innocent = await CheckingViewer.join(url, ROOM_QUERY);

    assert.equal(await closeAfter(url, "{not json"), 4504);
    assert.equal(await closeAfter(url, '"text"'), 4504);
    assert.equal(await closeAfter(url, '{"type":"unheard of"}'), 4504);
    assert.equal(await closeAfter(url, Buffer.from([1, 2, 3])), 4504);
    assert.equal(await closeAfter(url, `"${"x".repeat(FRAME_MAX_BYTES)}"`), 4505);
    assert.equal(await closeAfter(url, "x".repeat(8 * FRAME_MAX_BYTES)), 1009);
    assert.match(await rawExchange(server.port, "\u0000\u0001garbage\r\n\r\n"), /^HTTP\/1\.1 400/);
    const cut = connect(server.port, "127.0.0.1");
    cut.write("POST /api/v1/danmu HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{", () => cut.destroy());
    await new Promise((resolve) => cut.once("close", resolve));

    assert.equal(await isWell(url), true);
    assert.equal(innocent.closeCode, undefined);
    innocent.close();
  });

  it("[CL-15] who may not come in is told so by code: bad token, other origin, no such room", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, ["--no-engine.rooms.auto-create"]);
    const { url } = server;
    const made = await post(
      url,
      "/api/v1/rooms",
      { id: ROOM },
      await login(url, { uid: "h", role: "host", key: server.key }),
    );
    assert.equal(made.status, 201, made.text);

    const garbage = new CheckingViewer(url, `${ROOM_QUERY}&token=garbage`);
    const forged = new CheckingViewer(url, `${ROOM_QUERY}&token=${"e30.".repeat(2)}e30`);
    const foreign = new CheckingViewer(url, ROOM_QUERY, { headers: { origin: "https://elsewhere.example" } });
    const lost = new CheckingViewer(url, "room_id=nowhere");
    const nameless = new CheckingViewer(url, "");
    const welcome = await CheckingViewer.join(url, ROOM_QUERY);

    assert.equal(await closeOf(garbage), 4500);
    assert.equal(await closeOf(forged), 4500);
    assert.equal(await closeOf(foreign), 4506);
    assert.equal(await closeOf(lost), 4501);
    assert.equal(await closeOf(nameless), 4501);
    assert.equal(welcome.closeCode, undefined);
    welcome.close();
  });

  it("[CL-16] a silent client is closed as idle, a token's end ends its connection", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, [
      "--engine.heartbeat-ms=500",
      "--engine.idle-ms=1500",
      "--auth.dev-token-ttl-ms=1000",
    ]);
    const { url } = server;

    const silent = await CheckingViewer.join(url, ROOM_QUERY);
    let brief: CheckingViewer;
    // On a machine that is full the token may have ended before it is looked at: then there is no connection to end.
    do {
      const token = await login(url, { uid: "brief" });
      brief = await CheckingViewer.join(url, `${ROOM_QUERY}&token=${token}`);
    } while (brief.head < 0);

    assert.equal(await closeOf(brief), 4005);
    assert.equal(await closeOf(silent), 4002);
  });

  it("[CL-17] one address holds only so many connections; a place that is left is free again", async () => {
    const limit = 5;
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, [`--server.connections-per-address=${limit}`]);
    const { url } = server;
    const held = await Promise.all(Array.from({ length: limit }, () => CheckingViewer.join(url, ROOM_QUERY)));

    const refused = new CheckingViewer(url, ROOM_QUERY);
    assert.equal(await closeOf(refused), 4004);
    held[0]?.socket.close();
    await held[0]?.until(() => held[0]?.closeCode !== undefined);
    let next = await CheckingViewer.join(url, ROOM_QUERY);
    // The place is free once the server has seen the close too; a refused try takes none.
    while (next.closeCode !== undefined) {
      assert.equal(next.closeCode, 4004);
      next = await CheckingViewer.join(url, ROOM_QUERY);
    }

    for (const viewer of [...held, next]) viewer.close();
  });
});

const SLOW_READERS = 20;
/** Danmaku and their size: 13 MB for each reader, above what the kernel's own buffers take. */
const DANMAKU = 5_000;
// A family is one of a hundred characters, and 25 bytes.
const TEXT = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}".repeat(98);
const LIMIT_BYTES = 131_072;
async function publishMany(to: Parameters<typeof publish>[0], count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 50) {
    const group = Array.from({ length: 50 }, (_, place) => sent + place);
    await Promise.all(group.map((each) => publish(to, `k${each}`, `${TEXT}${each % 10}`)));
  }
}

describe("readers that stop reading", { timeout: 240_000 }, () => {
  it("[CL-18] cost a bounded amount of memory and are closed as slow; others miss nothing", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, [
      ...NO_LIMITS,
      `--engine.outbound.limit-bytes=${LIMIT_BYTES}`,
      `--engine.outbound.high-bytes=${LIMIT_BYTES / 2}`,
      `--engine.outbound.low-bytes=${LIMIT_BYTES / 8}`,
      "--engine.outbound.grace-ms=1000",
    ]);
    const { url } = server;
    const token = await login(url, { uid: "publisher" });
    const healthy = await CheckingViewer.join(url, ROOM_QUERY);
    const slow = await Promise.all(
      Array.from({ length: SLOW_READERS }, () => CheckingViewer.join(url, ROOM_QUERY)),
    );
    for (const viewer of slow) viewer.socket.pause();

    await publishMany({ url, room: ROOM, token }, DANMAKU);
    await healthy.until(() => healthy.texts.length === DANMAKU);
    while ((await metric(url, 'barrage_connections_closed_total{code="4001"}')) < SLOW_READERS);

    assert.deepEqual(healthy.faults, []);
    assert.deepEqual(healthy.gaps, []);
    assert.equal(healthy.closeCode, undefined);
    const peakOfOne = await metric(url, 'barrage_outbound_peak_bytes{of="connection"}');
    const peak = await metric(url, 'barrage_outbound_peak_bytes{of="process"}');
    assert.ok(peakOfOne > LIMIT_BYTES / 8 && peakOfOne <= LIMIT_BYTES, `${peakOfOne} bytes`);
    assert.ok(peak <= SLOW_READERS * LIMIT_BYTES, `${peak} bytes`);
    for (const viewer of slow) viewer.socket.resume();
    for (const viewer of slow) {
      // 1006 when the server had to cut a socket whose peer did not even take the close.
      assert.ok([4001, 1006].includes((await closeOf(viewer)) ?? 0), String(viewer.closeCode));
      assert.deepEqual(viewer.faults, []);
      assert.ok(viewer.texts.length < DANMAKU);
    }
    const received = [healthy, ...slow].reduce((sum, { items }) => sum + items.length, 0);
    // What the system took of a connection that was cut may never have been read.
    assertLedger(await ledgerOf(url), { records: received }, { lossy: true });
    healthy.close();
  });

  it("[CL-19] that read on in time are told what they missed, and the chain goes on", async () => {
    using folder = temporaryFolder();
    await using server = await ServeProcess.start(folder.path, [
      ...NO_LIMITS,
      `--engine.outbound.high-bytes=${LIMIT_BYTES / 2}`,
      `--engine.outbound.low-bytes=${LIMIT_BYTES / 8}`,
      "--engine.outbound.grace-ms=60000",
    ]);
    const { url } = server;
    const token = await login(url, { uid: "publisher" });
    const slow = await CheckingViewer.join(url, ROOM_QUERY);
    slow.socket.pause();

    let sent = 0;
    while ((await metric(url, 'barrage_shed_total{reason="slow"}')) === 0) {
      const group = Array.from({ length: 200 }, (_, place) => sent + place);
      await Promise.all(
        group.map((each) => publish({ url, room: ROOM, token }, `k${each}`, `${TEXT}${each % 10}`)),
      );
      sent += group.length;
    }
    slow.socket.resume();
    let last = "";
    const seen = (): boolean => slow.texts.at(-1) === last;
    for (let more = 0; !seen(); more += 1) {
      last = `last ${more}`;
      await publish({ url, room: ROOM, token }, `last-${more}`, last);
      sent += 1;
    }

    const withheld = slow.shed + slow.gaps.reduce((sum, { count }) => sum + (count ?? 0), 0);
    assert.equal(slow.closeCode, undefined);
    assert.deepEqual(slow.faults, []);
    assert.ok(withheld > 0);
    assert.equal(slow.texts.length + withheld, sent);
    assertLedger(await ledgerOf(url), { records: slow.items.length, withheld });
    slow.close();
  });
});
