import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { exportJWK, SignJWT } from "jose";
import type { JWTPayload } from "jose";
import { resolveConfig } from "@barrage/server";
import { FakeClock } from "@barrage/testkit";
import { createAuthority } from "../../src/auth/authority.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const ISSUER = "https://issuer.example";
const DAY_S = 86_400;

function dataDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "barrage-auth-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function authority(t: TestContext, flags: Record<string, string> = {}, dir = dataDir(t)) {
  const clock = new FakeClock();
  const config = resolveConfig({ flags: { "store.dir": dir, ...flags } }).config;
  return { authority: createAuthority(config, clock), clock, dir };
}

const outside = (flags: Record<string, string>) => ({
  mode: "production",
  "auth.issuer": ISSUER,
  "auth.audience": "barrage",
  ...flags,
});

const bySecret = outside({ "auth.hs256-secret": SECRET });

const seconds = (clock: FakeClock): number => clock.wall() / 1_000;

type Signer = Parameters<SignJWT["sign"]>[0];

/** Claims that a test sets or, with undefined, leaves out. */
type Claims = {
  readonly [K in "iss" | "sub" | "aud" | "exp" | "nbf"]?: JWTPayload[K] | undefined;
} & Readonly<Record<string, unknown>>;

function token(clock: FakeClock, claims: Claims, key: Signer, header: { alg: string; kid?: string }) {
  const standard = { sub: "u1", iss: ISSUER, aud: "barrage", exp: seconds(clock) + 60 };
  return new SignJWT({ ...standard, ...claims } as JWTPayload).setProtectedHeader(header).sign(key);
}

const HS = { alg: "HS256" };
const secretKey = (text: string) => createSecretKey(Buffer.from(text));
const refusedWith = (code: string) => ({ name: "BarrageError", code });

/** A key set on a real port that can be taken away and that counts its readers. */
async function keyServer(t: TestContext, keys: () => unknown, status = () => 200) {
  let reads = 0;
  const server = createServer((_, response) => {
    reads += 1;
    response
      .writeHead(status(), { "content-type": "application/json" })
      .end(JSON.stringify({ keys: keys() }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/keys`, reads: () => reads };
}

describe("the development issuer", () => {
  it("[IN-1] gives anyone a viewer's token that verifies", async (t) => {
    const { authority: a, clock } = authority(t);

    const { token: made, expires_at } = await a.login({ uid: "ann", name: "Ann" });

    assert.equal(expires_at, clock.wall() + DAY_S * 1_000);
    const { principal } = await a.verify(made);
    assert.deepEqual(principal, { uid: "ann", name: "Ann", role: "viewer" });
  });

  it("[IN-1] gives a role above viewer only for the key", async (t) => {
    const { authority: a } = authority(t);

    for (const role of ["moderator", "host", "service"]) {
      await assert.rejects(a.login({ uid: "ann", role }), refusedWith("BARRAGE_DEV_KEY_WRONG"));
      await assert.rejects(a.login({ uid: "ann", role, key: "x" }), refusedWith("BARRAGE_DEV_KEY_WRONG"));
      const { token: made } = await a.login({ uid: "ann", role, key: a.devKey });
      assert.equal((await a.verify(made)).principal.role, role);
    }
  });

  it("[IN-1] refuses a body that it does not understand", async (t) => {
    const { authority: a } = authority(t);
    const bodies = [
      null,
      [],
      {},
      { uid: "" },
      { uid: "system" },
      { uid: "a b" },
      { uid: "a", role: "king" },
      { uid: "a", extra: 1 },
      { uid: "a", name: "\u0000" },
      { uid: "a", key: 1 },
      { uid: "u".repeat(65) },
    ];

    for (const body of bodies) await assert.rejects(a.login(body), refusedWith("BARRAGE_BAD_FIELD"));
    assert.equal((await a.login({ uid: "u".repeat(64) })).token.length > 0, true);
  });

  it("[IN-2] is off in production, and its tokens are not valid there", async (t) => {
    const dir = dataDir(t);
    const { authority: development } = authority(t, {}, dir);
    const { token: made } = await development.login({ uid: "ann" });
    const { authority: production } = authority(t, bySecret, dir);

    assert.equal(production.devKey, undefined);
    await assert.rejects(production.login({ uid: "ann" }), refusedWith("BARRAGE_DEV_LOGIN_OFF"));
    await assert.rejects(production.verify(made), refusedWith("BARRAGE_TOKEN_INVALID"));
  });

  it("[IN-3] keeps its secrets over a restart, readable by their owner only", async (t) => {
    const { authority: first, dir } = authority(t);
    const { token: made } = await first.login({ uid: "ann" });
    const { authority: second } = authority(t, {}, dir);

    assert.equal(second.devKey, first.devKey);
    assert.equal((await second.verify(made)).principal.uid, "ann");
    for (const file of ["dev-issuer.secret", "dev-issuer.key"])
      assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600);
  });

  it("[IN-3] does not start on a secret that is damaged or a folder that is closed", (t) => {
    const dir = dataDir(t);
    writeFileSync(join(dir, "dev-issuer.secret"), "");
    const config = (path: string) => resolveConfig({ flags: { "store.dir": path } }).config;

    assert.throws(() => createAuthority(config(dir), new FakeClock()), refusedWith("SERVER_DATA_UNWRITABLE"));
    const file = join(dir, "file");
    writeFileSync(file, "");
    chmodSync(file, 0o600);
    assert.throws(
      () => createAuthority(config(join(file, "x")), new FakeClock()),
      refusedWith("SERVER_DATA_UNWRITABLE"),
    );
  });
});

describe("an outside issuer with a secret", () => {
  it("[IN-4] is believed within expiry, start and tolerance, and not beyond", async (t) => {
    const { authority: a, clock } = authority(t, { ...bySecret, "auth.clock-tolerance-ms": "2000" });
    const now = seconds(clock);
    const verdict = async (claims: Claims) =>
      a.verify(await token(clock, claims, secretKey(SECRET), HS)).then(
        () => "good",
        (error: { code: string }) => error.code,
      );

    assert.equal(await verdict({ exp: now - 1 }), "good");
    assert.equal(await verdict({ exp: now - 2 }), "BARRAGE_TOKEN_EXPIRED");
    assert.equal(await verdict({ exp: now - 3 }), "BARRAGE_TOKEN_EXPIRED");
    assert.equal(await verdict({ nbf: now + 2 }), "good");
    assert.equal(await verdict({ nbf: now + 3 }), "BARRAGE_TOKEN_INVALID");
    assert.equal(await verdict({ iss: "https://other.example" }), "BARRAGE_TOKEN_INVALID");
    assert.equal(await verdict({ aud: "other" }), "BARRAGE_TOKEN_INVALID");
    assert.equal(await verdict({ exp: undefined }), "BARRAGE_TOKEN_INVALID");
    assert.equal(await verdict({ sub: undefined }), "BARRAGE_TOKEN_INVALID");
  });

  it("[IN-4] is not believed with another secret, without a signature, or as noise", async (t) => {
    const { authority: a, clock } = authority(t, bySecret);
    const good = await token(clock, {}, secretKey(SECRET), HS);
    const [head = "", body = "", signature = ""] = good.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const flipped = `${head}.${body}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    const wrong = await token(clock, {}, secretKey(SECRET.toUpperCase()), HS);
    const bad = [wrong, `${none}.${body}.`, flipped, "", "a.b.c", "x".repeat(10_000), `${good}x`];

    for (const each of bad) await assert.rejects(a.verify(each), refusedWith("BARRAGE_TOKEN_INVALID"));
    assert.equal((await a.verify(good)).principal.uid, "u1");
  });

  it("[IN-6] reads uid, name and role from the claims", async (t) => {
    const { authority: a, clock } = authority(t, { ...bySecret, "auth.role-claim": "x_role" });
    const whom = async (claims: Claims) =>
      (await a.verify(await token(clock, claims, secretKey(SECRET), HS))).principal;

    assert.deepEqual(await whom({ name: " Zoë ", x_role: "host" }), { uid: "u1", name: "Zoë", role: "host" });
    assert.deepEqual(await whom({ x_role: "root" }), { uid: "u1", name: "u1", role: "viewer" });
    assert.deepEqual(await whom({ name: "a\u0007", x_role: ["host"] }), {
      uid: "u1",
      name: "u1",
      role: "viewer",
    });
    assert.equal((await whom({ name: "👨‍👩‍👧".repeat(33) })).name, "👨‍👩‍👧".repeat(32));
    await assert.rejects(whom({ sub: "two words" }), refusedWith("BARRAGE_TOKEN_INVALID"));
    await assert.rejects(whom({ sub: "system" }), refusedWith("BARRAGE_TOKEN_INVALID"));
  });

  it("[IN-7] is asked again about a remembered token once that has expired", async (t) => {
    const { authority: a, clock } = authority(t, { ...bySecret, "auth.clock-tolerance-ms": "0" });
    const made = await token(clock, {}, secretKey(SECRET), HS);

    await a.verify(made);
    await clock.advance(59_999);
    assert.equal((await a.verify(made)).principal.uid, "u1");
    await clock.advance(1);
    await assert.rejects(a.verify(made), refusedWith("BARRAGE_TOKEN_EXPIRED"));
  });
});

describe("an outside issuer with a key set", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const ed = generateKeyPairSync("ed25519");
  const publicKeys = async () => [
    { ...(await exportJWK(rsa.publicKey)), kid: "r", alg: "RS256" },
    { ...(await exportJWK(ed.publicKey)), kid: "e", alg: "EdDSA" },
  ];

  it("[IN-4] is believed for RS256 and EdDSA, from an address and from a file", async (t) => {
    const keys = await publicKeys();
    const server = await keyServer(t, () => keys);
    const dir = dataDir(t);
    writeFileSync(join(dir, "keys.json"), JSON.stringify({ keys }));

    for (const flags of [{ "auth.jwks-url": server.url }, { "auth.jwks-file": join(dir, "keys.json") }]) {
      const { authority: a, clock } = authority(t, outside(flags));
      const byRsa = await token(clock, {}, rsa.privateKey, { alg: "RS256", kid: "r" });
      const byEd = await token(clock, {}, ed.privateKey, { alg: "EdDSA", kid: "e" });
      assert.equal((await a.verify(byRsa)).principal.uid, "u1");
      assert.equal((await a.verify(byEd)).principal.uid, "u1");
    }
  });

  it("[IN-5] is not fooled by the public key used as a secret, nor by another algorithm", async (t) => {
    const keys = await publicKeys();
    const server = await keyServer(t, () => keys);
    const { authority: a, clock } = authority(t, outside({ "auth.jwks-url": server.url }));
    const pem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
    const confused = await token(clock, {}, secretKey(pem), { alg: "HS256", kid: "r" });
    const other = await token(clock, {}, rsa.privateKey, { alg: "RS512", kid: "r" });
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
    const forged = await token(clock, {}, stranger, { alg: "RS256", kid: "r" });
    const unknown = await token(clock, {}, stranger, { alg: "RS256", kid: "nobody" });

    for (const each of [confused, other, forged, unknown])
      await assert.rejects(a.verify(each), refusedWith("BARRAGE_TOKEN_INVALID"));
  });

  it("[IN-5] does not take a key pair's signature where a secret is configured", async (t) => {
    const { authority: a, clock } = authority(t, bySecret);
    const made = await token(clock, {}, rsa.privateKey, { alg: "RS256", kid: "r" });

    await assert.rejects(a.verify(made), refusedWith("BARRAGE_TOKEN_INVALID"));
  });

  it("[IN-8] that fails lets remembered tokens pass and asks others to come again", async (t) => {
    const keys = await publicKeys();
    let isDown = true;
    const server = await keyServer(
      t,
      () => keys,
      () => (isDown ? 500 : 200),
    );
    const { authority: a, clock } = authority(t, outside({ "auth.jwks-url": server.url }));
    const made = await token(clock, {}, ed.privateKey, { alg: "EdDSA", kid: "e" });

    await assert.rejects(a.verify(made), refusedWith("BARRAGE_AUTH_UNAVAILABLE"));
    isDown = false;
    assert.equal((await a.verify(made)).principal.uid, "u1");
    const reads = server.reads();
    isDown = true;
    assert.equal((await a.verify(made)).principal.uid, "u1");
    assert.equal(server.reads(), reads);
  });

  it("[IN-8] at an address where nobody listens, or with no key set there, is unavailable", async (t) => {
    const silent = await keyServer(t, () => "none");
    for (const url of [silent.url, "http://127.0.0.1:1/keys"]) {
      const { authority: a, clock } = authority(t, outside({ "auth.jwks-url": url }));
      const made = await token(clock, {}, ed.privateKey, { alg: "EdDSA", kid: "e" });
      await assert.rejects(a.verify(made), refusedWith("BARRAGE_AUTH_UNAVAILABLE"));
    }
  });

  it("[IN-4] in a file that is none keeps the server from starting", (t) => {
    const dir = dataDir(t);
    writeFileSync(join(dir, "keys.json"), "hunter2");

    for (const file of ["keys.json", "missing.json"])
      assert.throws(
        () => authority(t, outside({ "auth.jwks-file": join(dir, file) })),
        (error: { code: string; message: string }) =>
          error.code === "SERVER_KEYS_UNREADABLE" && !error.message.includes("hunter2"),
      );
  });
});
