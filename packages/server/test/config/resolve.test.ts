import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigInvalid, configRows, readConfigFile, resolveConfig } from "@barrage/server";
import type { ConfigInput, ConfigProblem } from "@barrage/server";

const file = (value: unknown) => ({ path: "barrage.json", text: JSON.stringify(value) });

function problems(input: ConfigInput): readonly ConfigProblem[] {
  try {
    resolveConfig(input);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems;
    throw error;
  }
  return [];
}

const PRODUCTION = {
  BARRAGE_MODE: "production",
  BARRAGE_AUTH_HS256_SECRET: "0123456789abcdef0123456789abcdef",
  BARRAGE_AUTH_ISSUER: "https://issuer.example",
  BARRAGE_AUTH_AUDIENCE: "barrage",
};

describe("resolveConfig", () => {
  it("[OP-1] takes default, file, environment and flag in this order", () => {
    const input = {
      file: file({ server: { port: 1, host: "::1" }, engine: { contentMax: 1 } }),
      env: { BARRAGE_SERVER_PORT: "2", BARRAGE_SERVER_HOST: "::2", HOME: "/x" },
      flags: { "server.port": "3" },
    };

    const { config, sources } = resolveConfig(input);

    assert.deepEqual([config.server.port, config.server.host, config.engine.contentMax], [3, "::2", 1]);
    assert.equal(config.server.bodyLimitBytes, 65_536);
    assert.deepEqual(
      ["server.port", "server.host", "engine.contentMax", "server.bodyLimitBytes"].map((name) =>
        sources.get(name),
      ),
      ["flag", "env", "file", "default"],
    );
  });

  it("[OP-1] reads lists, booleans, decimals and nothing from text", () => {
    const { config } = resolveConfig({
      env: {
        BARRAGE_SERVER_TRUSTED_PROXIES: "loopback, 10.0.0.0/8",
        BARRAGE_ENGINE_LIMITS_USER_PER_SECOND: "0.5",
        BARRAGE_ENGINE_ROOMS_AUTO_CREATE: "",
        BARRAGE_SERVER_ALLOWED_ORIGINS: "",
      },
      flags: { demo: true },
    });

    assert.deepEqual(config.server.trustedProxies, ["loopback", "10.0.0.0/8"]);
    assert.deepEqual(config.server.allowedOrigins, []);
    assert.equal(config.engine.limits.user.perSecond, 0.5);
    assert.equal(config.engine.rooms.autoCreate, null);
    assert.equal(config.demo, true);
  });

  it("[OP-1] gives a configuration that nobody can change", () => {
    const { config } = resolveConfig();

    assert.throws(() => Object.assign(config.engine.window, { maxItems: 1 }), TypeError);
  });

  it("[OP-3] lists everything that is wrong at once, with its name, value and rule", () => {
    const found = problems({
      file: file({ server: { prot: 1, port: -1 }, auth: 3 }),
      env: { BARRAGE_X: "1", BARRAGE_DEMO: "yes" },
      flags: { "engine.idle-ms": "0x10", nonsense: "1" },
    });

    assert.deepEqual(found.map(({ source, name, value }) => `${source} ${name} ${value}`).sort(), [
      "env BARRAGE_DEMO yes",
      "env BARRAGE_X ",
      "file auth (secret)",
      "file server.port -1",
      "file server.prot ",
      "flag --engine.idle-ms 0x10",
      "flag --nonsense ",
    ]);
    assert.equal(
      found.every(({ rule }) => rule.length > 0),
      true,
    );
  });

  it("[OP-3] never shows a secret, neither in a problem nor in the rows", () => {
    const short = { BARRAGE_AUTH_HS256_SECRET: "hunter2" };

    assert.throws(
      () => resolveConfig({ env: short }),
      (error: Error) => !error.message.includes("hunter2") && error.message.includes("(secret)"),
    );
    const rows = configRows(resolveConfig({ env: PRODUCTION }));
    assert.equal(rows.find(({ name }) => name === "auth.hs256Secret")?.value, "(secret)");
    assert.equal(JSON.stringify(rows).includes("0123456789abcdef"), false);
  });

  it("[OP-3] takes origins and proxies that are such, and no others", () => {
    const count = (flag: string, text: string) => problems({ flags: { [flag]: text } }).length;

    for (const good of ["loopback", "10.0.0.0/8", "::1", "192.0.2.1"])
      assert.equal(count("server.trusted-proxies", good), 0, good);
    for (const bad of ["proxy.example", "10.0.0.0/33", ","])
      assert.equal(count("server.trusted-proxies", bad) > 0, true, bad);
    for (const good of ["https://a.example", "http://localhost:8080", "*"])
      assert.equal(count("server.allowed-origins", good), 0, good);
    for (const bad of ["a.example", "https://a.example/", "https://a.example/x", "null"])
      assert.equal(count("server.allowed-origins", bad), 1, bad);
  });

  it("[OP-3] takes a number at its limits and refuses the next one", () => {
    const port = (text: string) => problems({ flags: { "server.port": text } }).length;

    assert.deepEqual(["-1", "0", "1", "65534", "65535", "65536"].map(port), [1, 0, 0, 0, 0, 1]);
  });

  it("[OP-4] checks rules between settings and says both values", () => {
    const [low] = problems({
      env: { BARRAGE_ENGINE_OUTBOUND_LOW_BYTES: "262144", BARRAGE_ENGINE_OUTBOUND_HIGH_BYTES: "262144" },
    });

    assert.equal(low?.path, "engine.outbound.lowBytes");
    assert.match(low?.rule ?? "", /engine\.outbound\.highBytes \(262144 is not less than 262144\)/);
    assert.equal(problems({ env: { BARRAGE_ENGINE_OUTBOUND_LOW_BYTES: "262143" } }).length, 0);
    assert.equal(problems({ env: { BARRAGE_ENGINE_OUTBOUND_HIGH_BYTES: "1048576" } }).length, 1);
    assert.equal(problems({ env: { BARRAGE_ENGINE_HEARTBEAT_MS: "75000" } }).length, 1);
    assert.equal(problems({ env: { BARRAGE_SERVER_SHUTDOWN_SPREAD_MS: "15000" } }).length, 1);
    assert.equal(problems({ env: { BARRAGE_ENGINE_WINDOW_MAX_ITEMS: "49" } }).length, 1);
    assert.equal(problems({ env: { BARRAGE_ENGINE_WINDOW_MAX_ITEMS: "50" } }).length, 0);
    assert.equal(problems({ env: { BARRAGE_SERVER_TLS_CERT: "c.pem" } }).length, 1);
  });

  it("[OP-4] says nothing of a rule one of whose settings is bad by itself", () => {
    const found = problems({ env: { BARRAGE_ENGINE_OUTBOUND_LOW_BYTES: "many" } });

    assert.deepEqual(
      found.map(({ path }) => path),
      ["engine.outbound.lowBytes"],
    );
  });

  it("[OP-5] says where a file breaks and not what it holds", () => {
    const [problem] = problems({ file: { path: "b.json", text: '{"auth": {"devKey": "hunter2" oops' } });

    assert.match(problem?.rule ?? "", /must be JSON \(it breaks at position \d+/);
    assert.equal(JSON.stringify(problem).includes("hunter2"), false);
    assert.equal(problems({ file: { path: "b.json", text: "[]" } }).length, 1);
  });

  it("[OP-5] refuses a file that cannot be read", () => {
    assert.throws(() => readConfigFile("/nowhere/barrage.json"), { code: "SERVER_CONFIG_UNREADABLE" });
  });

  it("[OP-6] needs one outside issuer with issuer and audience in production", () => {
    assert.equal(problems({ env: PRODUCTION }).length, 0);
    assert.equal(problems({ env: { BARRAGE_MODE: "production" } }).length, 1);
    assert.equal(problems({ env: { ...PRODUCTION, BARRAGE_AUTH_AUDIENCE: "" } }).length, 1);
    assert.equal(problems({ env: { ...PRODUCTION, BARRAGE_AUTH_JWKS_FILE: "k.json" } }).length, 1);
    assert.equal(problems({ env: { ...PRODUCTION, BARRAGE_ENGINE_ROOMS_AUTO_CREATE: "true" } }).length, 1);
  });
});
