import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseBilibiliXml, writeBilibiliXml } from "@barrage/files";
import { requireOrSkip } from "@barrage/testkit";
import { testServer } from "../support/test-server.ts";
import type { Json, TestServer } from "../support/test-server.ts";

const REAL = new URL("../../../../../shared/data/danmaku/vlog-1224.xml", import.meta.url);

const XML = `<?xml version="1.0" encoding="UTF-8"?><i><chatid>1</chatid>
<d p="1.5,1,25,16777215,1600000000,0,abcdef12,12345678901234567">one</d>
<d p="1.5,1,25,16777215,1600000000,0,abcdef12,12345678901234567">one</d>
<d p="2,5,36,255,1600000000123,1,deadbeef,9,3">two &amp; &lt;three&gt;</d>
<d p="oops">bad</d>
<d p="3,7,25,0,1600000000,2,a,1">[0,0,"1-1",4.5,"x"]</d>
<sc ts="4" user="Kai" uid="77" price="30" time="60">paid</sc>
</i>`;

const send = (
  server: TestServer,
  body: string | Uint8Array,
  token: string | undefined,
  type = "application/xml",
) => server.call("POST", "/api/v1/rooms/r1/import", { token, body, headers: { "content-type": type } });

describe("imports", () => {
  it("[IN-25] bring a Bilibili file whose export has the same danmaku", async (t) => {
    const server = await testServer(t);
    const token = await server.token("hana", "host");

    const { status, json } = await send(server, XML, token);

    assert.equal(status, 200);
    assert.deepEqual([json["imported"], json["repeated"]], [3, 0]);
    assert.equal(
      Object.values<number>(json["skipped"]).reduce((sum, n) => sum + n, 0),
      3,
    );
    assert.deepEqual(
      (json as { places: Json[] }).places.map(({ row }) => row),
      [4, 5],
    );
    const exported = parseBilibiliXml((await server.get("/api/v1/rooms/r1/danmu.xml")).text);
    assert.deepEqual(exported.danmaku, parseBilibiliXml(XML).danmaku);
  });

  it("[IN-25] bring nothing twice", async (t) => {
    const server = await testServer(t);
    const token = await server.token("hana", "host");
    await send(server, XML, token);

    const again = await send(server, XML, token);

    assert.deepEqual([again.json["imported"], again.json["repeated"]], [0, 3]);
  });

  it("[IN-25] bring paid records only from a service", async (t) => {
    const server = await testServer(t);

    const byHost = await send(server, XML, await server.token("hana", "host"));
    const byService = await send(server, XML, await server.token("sys", "service"));

    assert.equal(byHost.json["skipped"]["a superchat is imported by services only"], 1);
    assert.deepEqual([byService.json["imported"], byService.json["repeated"]], [1, 3]);
    const { superchats } = {
      superchats: parseBilibiliXml((await server.get("/api/v1/rooms/r1/danmu.xml")).text).rows,
    };
    assert.equal(superchats.filter(({ kind }) => kind === "superchat").length, 1);
  });

  it("[IN-25] are for hosts and services, of files in a known form", async (t) => {
    const server = await testServer(t);
    const host = await server.token("hana", "host");
    const refusal = async (body: string | Uint8Array, token: string | undefined, type?: string) => {
      const { status, json } = await send(server, body, token, type);
      return [status, json["error"]?.code];
    };

    assert.deepEqual(await refusal(XML, undefined), [401, "BARRAGE_TOKEN_MISSING"]);
    assert.deepEqual(await refusal(XML, await server.token("ann")), [403, "BARRAGE_FORBIDDEN"]);
    assert.deepEqual(await refusal(XML, host, "text/plain"), [415, "BARRAGE_UNSUPPORTED_MEDIA_TYPE"]);
    assert.deepEqual(await refusal("<i><d", host), [400, "FILES_BAD_XML"]);
    assert.deepEqual(await refusal("{}", host, "application/json"), [400, "FILES_NOT_DANMAKU"]);
    assert.deepEqual(await refusal("{", host, "application/json"), [400, "FILES_BAD_JSON"]);
    assert.deepEqual(await refusal(Uint8Array.of(0x3c, 0xff, 0xfe), host), [400, "BARRAGE_BAD_REQUEST"]);
  });

  it("[IN-25] take a file up to the limit and none above it", async (t) => {
    const server = await testServer(t, { "server.import-limit-bytes": "2048" });
    const token = await server.token("hana", "host");
    const sized = (bytes: number) => {
      const [head, tail] = ["<i><!--", `--><d p="1,1,25,0,1,0,a,1">x</d></i>`] as const;
      return send(server, head + " ".repeat(bytes - head.length - tail.length) + tail, token);
    };

    assert.equal((await sized(2_047)).status, 200);
    assert.equal((await sized(2_048)).status, 200);
    const over = await sized(2_049);
    assert.deepEqual([over.status, over.json["error"].code], [413, "BARRAGE_BODY_TOO_LARGE"]);
  });

  it("[IN-25] bring a JSON list, and Barrage's own export with nobody's power in it", async (t) => {
    const server = await testServer(t);
    const token = await server.token("hana", "host");
    const json = "application/json";

    const list = await send(server, JSON.stringify([{ text: "hi", time: 1.25, mode: 1 }]), token, json);
    const own = (await server.get("/api/v1/rooms/r1/danmu.json")).json;
    for (const item of own["items"]) item.author.role = "moderator";
    const copied = await server.call("POST", "/api/v1/rooms/r2/import", { token, body: JSON.stringify(own) });

    assert.deepEqual([list.status, list.json["imported"]], [200, 1]);
    assert.deepEqual([copied.status, copied.json["imported"]], [200, 1]);
    assert.deepEqual(copied.json["skipped"], { "a room-event is an event of its own room": 1 });
    const items = (await server.get("/api/v1/rooms/r2/danmu.json")).json["items"] as Json[];
    const { content, pts_ms, author } = items.find(({ kind }) => kind === "danmaku");
    assert.deepEqual([content, pts_ms, author.role], ["hi", 1_250, "viewer"]);
  });

  it("[IN-25] bring a real file unchanged", requireOrSkip("shared-data", existsSync(REAL)), async (t) => {
    const server = await testServer(t);
    const text = readFileSync(REAL, "utf8");
    const file = parseBilibiliXml(text);

    const { json } = await send(server, text, await server.token("hana", "host"));

    assert.equal(json["imported"], file.danmaku.length);
    const exported = parseBilibiliXml((await server.get("/api/v1/rooms/r1/danmu.xml")).text);
    assert.equal(writeBilibiliXml(exported.danmaku).xml, writeBilibiliXml(file.danmaku).xml);
  });
});
