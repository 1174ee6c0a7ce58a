import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { imbalance } from "@barrage/engine";
import { createLogger, resolveConfig, startServer } from "@barrage/server";
import type { RunningServer, StartOptions, Store } from "@barrage/server";
import { MemoryArchive, MemoryAuditLog, MemoryLog, MemoryRoomStore } from "@barrage/testkit";

/** What a test reads from a body without saying what it is. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: Record<string, Json>;
}

export interface TestServer extends RunningServer {
  /** Lines that were logged, as text. */
  readonly lines: string[];
  readonly dir: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  post(path: string, body: unknown, token?: string): Promise<Answer>;
  get(path: string, token?: string): Promise<Answer>;
  /** A token of the development issuer. */
  token(uid: string, role?: string): Promise<string>;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly body?: string | Uint8Array | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export const memoryStore = (parts: Partial<Store> = {}): Store => ({
  log: new MemoryLog(),
  rooms: new MemoryRoomStore(),
  archive: new MemoryArchive(),
  audit: new MemoryAuditLog(),
  close: () => Promise.resolve(),
  ...parts,
});

function asJson(text: string): Record<string, Json> {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the test that expects JSON fails on what is missing.
    return {};
  }
}

export async function fetchAnswer(url: string, method: string, options: CallOptions = {}): Promise<Answer> {
  const { token, body, headers = {}, signal } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: body as BodyInit }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: asJson(text) };
}

export function temporaryDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "barrage-server-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A whole server on a free port, on ports in memory; ended with the test. */
export async function testServer(
  t: TestContext,
  flags: Readonly<Record<string, string>> = {},
  options: StartOptions = {},
): Promise<TestServer> {
  const dir = temporaryDir(t);
  const lines: string[] = [];
  const log = createLogger({ level: "trace", stream: { write: (line) => void lines.push(line) } });
  const given = { "store.dir": dir, "server.port": "0", "server.shutdown-spread-ms": "0", ...flags };
  const { config } = resolveConfig({ flags: given });
  const server = await startServer(config, { log, openStore: async () => memoryStore(), ...options });
  let isClosed = false;
  const close = (): Promise<void> => {
    isClosed = true;
    return server.close();
  };
  t.after(async () => {
    // A test that closes the server itself has seen how that went.
    if (!isClosed) await server.close();
    assert.equal(imbalance(server.engine.gateway.ledger()), 0, "the ledger does not balance");
  });

  const call = (method: string, path: string, own: CallOptions = {}) =>
    fetchAnswer(`${server.url}${path}`, method, own);
  return {
    ...server,
    close,
    lines,
    dir,
    call,
    post: (path, body, token) => call("POST", path, { token, body: JSON.stringify(body) }),
    get: (path, token) => call("GET", path, { token }),
    async token(uid, role = "viewer") {
      const body = { uid, role, ...(role === "viewer" ? {} : { key: server.devKey }) };
      const { json } = await call("POST", "/auth/login", { body: JSON.stringify(body) });
      return json["token"] as string;
    },
  };
}
