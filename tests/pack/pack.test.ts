import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { slowSuite } from "@barrage/testkit";
import { npmCommand } from "../../scripts/bootstrap/npm.mjs";
import { OUT, publishable, ROOT } from "../../scripts/publish/packages.ts";
import { ServerProcess } from "../support/server-process.ts";

const NODE = process.execPath;

function npm(args: readonly string[], cwd: string): void {
  const [program = "npm", ...prefix] = npmCommand(NODE);
  execFileSync(program, [...prefix, ...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    stdio: "pipe",
  });
}

/** An empty project into which the packed tarballs of all packages are installed, as a stranger would. */
function installPacked(): string {
  const project = mkdtempSync(join(tmpdir(), "barrage-pack-"));
  const tarballs = join(project, "tarballs");
  mkdirSync(tarballs);
  for (const { out } of publishable()) npm(["pack", "--pack-destination", tarballs, out], project);
  writeFileSync(join(project, "package.json"), '{ "name": "stranger", "private": true, "type": "module" }');
  npm(["install", ...readdirSync(tarballs).map((name) => join(tarballs, name))], project);
  return project;
}

/** The fields that this test reads of what the API answers. */
interface Answer {
  readonly token: string;
  readonly seq: number;
}

async function post(url: string, body: unknown, token?: string): Promise<{ status: number; body: Answer }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

/** The first frame in which `content` stands; the socket must be open before it is sent. */
function frameWith(socket: WebSocket, content: string): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => {
      if (String(data).includes(content)) resolve(String(data));
    });
    socket.addEventListener("close", ({ code }) => reject(new Error(`closed with ${code} before it came`)));
  });
}

describe("the published packages", slowSuite("tests/pack"), () => {
  it("[PK-1] are built, and pass publint and attw", () => {
    const built = spawnSync(NODE, [join(ROOT, "scripts", "build.ts")], { cwd: ROOT, encoding: "utf8" });

    assert.equal(built.status, 0, built.stdout + built.stderr);
    assert.deepEqual(
      readdirSync(OUT).toSorted(),
      publishable()
        .map(({ out }) => out.slice(OUT.length + 1))
        .toSorted(),
    );
  });

  it("[PK-2] hold JavaScript and declarations, and no TypeScript, map, test or dependency of development", () => {
    for (const { out } of publishable()) {
      const files = readdirSync(out, { recursive: true, encoding: "utf8" });
      const stray = files.filter((file) => /(?<!\.d)\.tsx?$|\.map$|\.test\.|tsbuildinfo/.test(file));
      const manifest = JSON.parse(readFileSync(join(out, "package.json"), "utf8")) as object;

      assert.deepEqual(stray, [], out);
      assert.ok(files.includes("LICENSE") && files.includes("README.md"), out);
      assert.equal("devDependencies" in manifest, false, out);
    }
  });

  it("[PK-3, LD-60] serve the page and carry a danmaku, installed into an empty folder", async (t) => {
    const project = installPacked();
    t.after(() => rmSync(project, { recursive: true, force: true, maxRetries: 5 }));
    const command = [
      NODE,
      join(project, "node_modules", ".bin", "barrage"),
      "serve",
      "--no-demo",
      "--port",
      "0",
    ];
    await using server = new ServerProcess([...command, "--data", join(project, "data")], { cwd: project });
    const address = await server.address();

    const { body: login } = await post(`${address}/auth/login`, { uid: "u1" });
    const page = await fetch(`${address}/`);
    const socket = new WebSocket(
      `${address.replace("http", "ws")}/ws?room_id=r1&token=${encodeURIComponent(login.token)}`,
    );
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    const arrived = frameWith(socket, "hello from the tarball");
    const sent = await post(
      `${address}/api/v1/danmu`,
      { room_id: "r1", content: "hello from the tarball" },
      login.token,
    );

    assert.equal(page.status, 200);
    assert.equal(sent.status, 202);
    assert.match(await arrived, new RegExp(String(sent.body.seq)));
    socket.close();
    const load = ["load", "live-room", "--url", address, "--duration", "1s", "--viewers", "3", "--rate", "5"];
    const report = join(project, "report.html");
    const measured = spawnSync(
      NODE,
      [command[1] ?? "", ...load, "--workers", "2", "--threshold", "lost<=0", "--report", report],
      {
        encoding: "utf8",
      },
    );
    assert.equal(measured.status, 0, measured.stdout + measured.stderr);
    assert.match(measured.stdout, /received 15 of 15; lost 0/);
    // The chart library and our own script, from the installed packages.
    assert.match(
      readFileSync(report, "utf8"),
      /<script>[^]*var uPlot=function[^]*<script>[^]*function drawCharts\(/,
    );
    assert.equal(await server.stop(), 0);
  });
});
