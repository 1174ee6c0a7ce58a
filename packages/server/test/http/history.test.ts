import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseBilibiliXml } from "@barrage/files";
import type { Item } from "@barrage/protocol";
import { MemoryArchive } from "@barrage/testkit";
import { memoryStore, testServer } from "../support/test-server.ts";
import type { Json, TestServer } from "../support/test-server.ts";

async function withDanmaku(server: TestServer, count: number): Promise<void> {
  const token = await server.token("pay", "service");
  for (let i = 0; i < count; i += 1)
    await server.post("/api/v1/danmu", { room_id: "r1", content: `n${i}`, pts_ms: i * 1_000 }, token);
}

/** Turns of the event loop without a new page after which an export counts as waiting for its reader. */
const TURNS = 500;

const contents = (items: readonly Json[]): string[] =>
  items.flatMap((item) => (item.kind === "danmaku" ? [item.content] : []));

describe("history", () => {
  it("[IN-23] gives every record once, in order, page by page", async (t) => {
    const server = await testServer(t);
    await withDanmaku(server, 5);
    const pages: Json[][] = [];

    for (let after: number | undefined = 0; after !== undefined;) {
      const { json } = await server.get(`/api/v1/rooms/r1/danmu?limit=2&after=${after}`);
      pages.push(json["items"]);
      after = json["next"];
    }

    assert.equal(
      pages.every((page) => page.length <= 2),
      true,
    );
    const all = pages.flat();
    assert.deepEqual(contents(all), ["n0", "n1", "n2", "n3", "n4"]);
    assert.deepEqual(
      all.map(({ seq }) => seq),
      all.map(({ seq }) => seq).sort((a, b) => a - b),
    );
  });

  it("[DL-35] says in a header that the archive cannot be written, and gives what it has", async (t) => {
    const archive = new MemoryArchive();
    const server = await testServer(t, {}, { openStore: async () => memoryStore({ archive }) });
    await withDanmaku(server, 2);
    const before = await server.get("/api/v1/rooms/r1/danmu");
    const write = archive.write.bind(archive);
    archive.write = () => Promise.reject(new Error("disk full"));
    t.after(() => void (archive.write = write));
    await withDanmaku(server, 1);

    const during = await server.get("/api/v1/rooms/r1/danmu");
    archive.write = write;

    assert.deepEqual(
      [before, during].map(({ status, headers }) => [status, headers.get("x-barrage-archive")]),
      [
        [200, null],
        [200, "behind"],
      ],
    );
    assert.deepEqual(contents(during.json["items"]), ["n0", "n1"]);
  });

  it("[IN-23] takes a span of time, its end excluded", async (t) => {
    const server = await testServer(t);
    await withDanmaku(server, 1);
    const [, { at }] = (await server.get("/api/v1/rooms/r1/danmu")).json["items"] as [Item, Item];
    const span = async (query: string) =>
      contents((await server.get(`/api/v1/rooms/r1/danmu?${query}`)).json["items"]).length;

    assert.equal(await span(`from=${at}`), 1);
    assert.equal(await span(`from=${at + 1}`), 0);
    assert.equal(await span(`to=${at + 1}`), 1);
    assert.equal(await span(`to=${at}`), 0);
  });

  it("[IN-23] refuses a query that it does not understand", async (t) => {
    const server = await testServer(t);
    await withDanmaku(server, 1);
    const statusOf = async (query: string) => (await server.get(`/api/v1/rooms/r1/danmu?${query}`)).status;

    for (const bad of ["limit=0", "limit=1001", "limit=x", "from=-1", "after=1.5", "nonsense=1"])
      assert.equal(await statusOf(bad), 400, bad);
    for (const good of ["limit=1", "limit=1000", "from=0", "after=0"])
      assert.equal(await statusOf(good), 200, good);
  });
});

describe("exports", () => {
  it("[IN-24] have a type, a file name and the room's danmaku", async (t) => {
    const server = await testServer(t);
    await withDanmaku(server, 3);
    const file = async (extension: string) => server.get(`/api/v1/rooms/r1/danmu.${extension}`);

    const [json, xml, ass] = [await file("json"), await file("xml"), await file("ass")];

    assert.deepEqual(
      [json, xml, ass].map(({ headers }) => headers.get("content-type")),
      ["application/json; charset=utf-8", "application/xml; charset=utf-8", "text/x-ssa; charset=utf-8"],
    );
    assert.equal(xml.headers.get("content-disposition"), 'attachment; filename="r1.xml"');
    assert.deepEqual(contents(json.json["items"]), ["n0", "n1", "n2"]);
    assert.deepEqual(
      parseBilibiliXml(xml.text).danmaku.map(({ content, pts_ms }) => [content, pts_ms]),
      [
        ["n0", 0],
        ["n1", 1_000],
        ["n2", 2_000],
      ],
    );
    assert.equal(ass.text.split("\n").filter((line) => line.startsWith("Dialogue:")).length, 3);
    assert.equal((await server.get("/api/v1/rooms/none/danmu.xml")).status, 404);
  });

  it("[IN-24] have their own status when the archive fails at once", async (t) => {
    class BrokenArchive extends MemoryArchive {
      override query(): Promise<never> {
        return Promise.reject(new Error("no disk"));
      }
    }
    const server = await testServer(
      t,
      {},
      { openStore: async () => memoryStore({ archive: new BrokenArchive() }) },
    );
    await withDanmaku(server, 1);

    for (const extension of ["json", "xml", "ass"])
      assert.equal((await server.get(`/api/v1/rooms/r1/danmu.${extension}`)).status, 500, extension);
  });

  it("[IN-24] read the archive only as fast as the client reads", { timeout: 30_000 }, async (t) => {
    /** Endless history in pages of some hundred kilobytes. */
    class EndlessArchive extends MemoryArchive {
      pages = 0;
      override query({ after }: { after: number }) {
        this.pages += 1;
        const items = Array.from({ length: 500 }, (_, i) => ({
          kind: "danmaku" as const,
          id: `i${after + i}`,
          at: 1,
          author: { uid: "a", name: "a", role: "viewer" as const },
          content: "x".repeat(200),
          mode: "scroll" as const,
          color: 0,
          size: 25,
          seq: after + i + 1,
          n: 1,
        }));
        return Promise.resolve({ items, next: after + 500 });
      }
    }
    const archive = new EndlessArchive();
    const server = await testServer(t, {}, { openStore: async () => memoryStore({ archive }) });
    await withDanmaku(server, 1);
    const hangUp = new AbortController();

    const response = await fetch(`${server.url}/api/v1/rooms/r1/danmu.json`, { signal: hangUp.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    // The client reads no further: what is made fills the sockets' buffers and stops.
    let before = -1;
    while (before !== archive.pages) {
      before = archive.pages;
      for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(archive.pages < 500, true, `${archive.pages} pages`);

    hangUp.abort();
    await assert.rejects(async () => reader?.read(), { name: "AbortError" });
    await server.close();
    assert.equal(
      server.lines.some((line) => line.includes('"aborted":true')),
      true,
    );
  });
});
