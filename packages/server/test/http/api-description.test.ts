import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Compile } from "typebox/compile";
import { testServer } from "../support/test-server.ts";
import type { Json, TestServer } from "../support/test-server.ts";

/** Every address of the API. A new route is added here, so that nobody adds one without its description. */
const ROUTES = [
  "POST /auth/login",
  ...["danmu", "superchat", "gift", "like", "enter"].map((kind) => `POST /api/v1/${kind}`),
  "GET /api/v1/rooms",
  "POST /api/v1/rooms",
  "GET /api/v1/rooms/{id}",
  "POST /api/room/{id}/heartbeat",
  ...["title", "slow-mode", "mute", "unmute", "ban", "unban", "recall", "clear-user", "end", "close"].map(
    (command) => `POST /api/v1/rooms/{id}/${command}`,
  ),
  "GET /api/v1/rooms/{id}/held",
  "POST /api/v1/rooms/{id}/held/{heldId}/approve",
  "POST /api/v1/rooms/{id}/held/{heldId}/reject",
  "GET /api/v1/rooms/{id}/policies",
  "PUT /api/v1/rooms/{id}/policies",
  "GET /api/v1/rooms/{id}/audit",
  "DELETE /api/v1/users/{uid}/danmu",
  "GET /api/v1/rooms/{id}/danmu",
  ...["json", "xml", "ass"].map((extension) => `GET /api/v1/rooms/{id}/danmu.${extension}`),
  "POST /api/v1/rooms/{id}/import",
  "GET /healthz",
  "GET /readyz",
  "GET /metrics",
  "GET /debug/ledger",
  "GET /debug/tasks",
  "GET /debug/tree",
];

async function described(server: TestServer): Promise<Json> {
  return (await server.get("/docs/json")).json;
}

const operations = (document: Json): string[] =>
  Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
  );

describe("the API's description", () => {
  it("[IN-27] has every route and nothing else", async (t) => {
    const server = await testServer(t);

    assert.deepEqual(operations(await described(server)).sort(), ROUTES.sort());
  });

  it("[IN-27] says of each operation what it is, what it answers and who may call it", async (t) => {
    const server = await testServer(t);
    const document = await described(server);

    assert.equal(document.openapi, "3.1.0");
    for (const [path, methods] of Object.entries<Json>(document.paths)) {
      for (const [method, operation] of Object.entries<Json>(methods)) {
        const name = `${method} ${path}`;
        assert.equal(operation.summary.length > 3, true, name);
        assert.equal(operation.tags.length, 1, name);
        assert.equal(
          Object.keys(operation.responses).some((status) => status.startsWith("2")),
          true,
          name,
        );
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
        const parameters = (operation.parameters ?? []).filter((each: Json) => each.in === "path");
        assert.deepEqual(
          parameters.map((each: Json) => each.name),
          named,
          name,
        );
        const isOpen = operation.security === undefined;
        const url = path.replaceAll(/\{\w+\}/g, "x");
        const { status } = await server.call(
          method.toUpperCase(),
          url,
          method === "post" ? { body: "{}" } : {},
        );
        assert.equal(
          isOpen ? status !== 401 : status === 401 || status === 400 || status === 415,
          true,
          `${name} ${status}`,
        );
      }
    }
  });

  it("[IN-27] is what the answers look like", async (t) => {
    const server = await testServer(t);
    const { paths } = await described(server);
    const host = await server.token("hana", "host");
    const check = (path: string, method: string, answer: { status: number; json: Json }) => {
      const schema = paths[path][method].responses[answer.status].content["application/json"].schema;
      const validator = Compile(schema);
      assert.deepEqual(validator.Errors(answer.json), [], `${method} ${path}`);
    };

    check("/auth/login", "post", await server.post("/auth/login", { uid: "ann" }));
    check("/api/v1/rooms", "post", await server.post("/api/v1/rooms", { id: "r1" }, host));
    check("/api/v1/danmu", "post", await server.post("/api/v1/danmu", { room_id: "r1", content: "x" }, host));
    check("/api/v1/rooms", "get", await server.get("/api/v1/rooms"));
    check("/api/v1/rooms/{id}", "get", await server.get("/api/v1/rooms/r1"));
    check("/api/v1/rooms/{id}/danmu", "get", await server.get("/api/v1/rooms/r1/danmu"));
    check("/api/v1/rooms/{id}/held", "get", await server.get("/api/v1/rooms/r1/held", host));
    check("/api/v1/rooms/{id}/audit", "get", await server.get("/api/v1/rooms/r1/audit", host));
    check(
      "/api/v1/rooms/{id}/title",
      "post",
      await server.post("/api/v1/rooms/r1/title", { title: "t" }, host),
    );
    check("/api/room/{id}/heartbeat", "post", await server.post("/api/room/r1/heartbeat", {}, host));
    check("/healthz", "get", await server.get("/healthz"));
    check("/readyz", "get", await server.get("/readyz"));
  });

  it("[IN-27] has a page that loads nothing from elsewhere", async (t) => {
    const server = await testServer(t);
    const page = await server.get("/docs/");
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = ""]) => source);

    assert.equal(page.status, 200);
    assert.equal(sources.length > 2, true);
    for (const source of sources) {
      assert.match(source, /^\.\//);
      assert.equal((await server.get(`/docs/${source.slice(2)}`)).status, 200, source);
    }
    const policy = page.headers.get("content-security-policy") ?? "";
    assert.equal(/https?:|upgrade-insecure/.test(policy), false, policy);
  });
});

describe("browsers", () => {
  const preflight = { origin: "https://a.example", "access-control-request-method": "POST" };

  it("[IN-26] of a configured origin may call the API", async (t) => {
    const server = await testServer(t, { "server.allowed-origins": "https://a.example" });
    const asked = await server.call("OPTIONS", "/api/v1/danmu", { headers: preflight });
    const answered = await server.call("GET", "/api/v1/rooms", { headers: { origin: "https://a.example" } });

    assert.equal(asked.status, 204);
    assert.match(asked.headers.get("access-control-allow-headers") ?? "", /authorization/);
    for (const { headers } of [asked, answered]) {
      assert.equal(headers.get("access-control-allow-origin"), "https://a.example");
      assert.equal(headers.get("access-control-allow-credentials"), null);
      assert.equal(headers.get("vary"), "origin");
    }
  });

  it("[IN-26] of another origin may not", async (t) => {
    const configured = await testServer(t, { "server.allowed-origins": "https://b.example" });
    const closed = await testServer(t);

    for (const server of [configured, closed]) {
      const { headers } = await server.call("OPTIONS", "/api/v1/danmu", { headers: preflight });
      assert.equal(headers.get("access-control-allow-origin"), null);
    }
  });

  it("[IN-26] of any origin may where that is configured", async (t) => {
    const server = await testServer(t, { "server.allowed-origins": "*" });
    const { headers } = await server.call("GET", "/api/v1/rooms", { headers: { origin: "null" } });

    assert.equal(headers.get("access-control-allow-origin"), "null");
  });
});
