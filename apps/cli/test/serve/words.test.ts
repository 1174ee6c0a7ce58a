import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NetworkInterfaceInfo } from "node:os";
import { localAddress, networkAddresses, urlOf } from "../../src/serve/addresses.ts";
import { bannerLines } from "../../src/serve/banner.ts";
import { humanLogLine } from "../../src/serve/log-lines.ts";

const v4 = (address: string, internal: boolean): NetworkInterfaceInfo => ({
  address,
  internal,
  family: "IPv4",
  netmask: "255.255.255.0",
  mac: "00:00:00:00:00:00",
  cidr: null,
});
const INTERFACES = {
  lo: [v4("127.0.0.1", true)],
  eth0: [v4("192.168.1.20", false)],
  wifi: [v4("10.0.0.7", false)],
};

const FACTS = {
  url: "http://127.0.0.1:8080",
  networkUrls: [],
  dataFolder: "/srv/data",
  devKey: "key",
  isInteractive: true,
} as const;

describe("what serve says", () => {
  it("[CL-32] nobody else reaches a loopback address", () => {
    for (const host of ["127.0.0.1", "::1", "localhost"])
      assert.deepEqual(networkAddresses(host, INTERFACES), []);
    assert.equal(
      bannerLines(FACTS).some((line) => line.includes("network")),
      false,
    );
  });

  it("[CR-5] a role of a cluster is named in the place of the data folder", () => {
    const lines = bannerLines({ ...FACTS, role: "gateway", devKey: undefined });

    assert.match(lines[0] ?? "", /^Barrage listens on http:/);
    assert.equal(
      lines.some((line) => /^ {2}role {9}gateway$/.test(line)),
      true,
      lines.join("\n"),
    );
    assert.equal(
      lines.some((line) => line.includes("data folder")),
      false,
    );
  });

  it("[CL-32] every address of the machine is told where it listens on all, its own where on one", () => {
    assert.deepEqual(networkAddresses("0.0.0.0", INTERFACES), ["192.168.1.20", "10.0.0.7"]);
    assert.deepEqual(networkAddresses("192.168.1.20", INTERFACES), ["192.168.1.20"]);
    assert.equal(localAddress("0.0.0.0"), "127.0.0.1");
    assert.equal(urlOf("https", "::1", 1), "https://[::1]:1");
  });

  it("[CL-32] a phone gets a QR code, a log file none", () => {
    const facts = { ...FACTS, networkUrls: ["http://192.168.1.20:8080"], demoRoom: "demo" };
    const hasCode = (lines: readonly string[]): boolean => lines.some((line) => /[█▀▄]/.test(line));

    assert.equal(hasCode(bannerLines(facts)), true);
    assert.equal(hasCode(bannerLines({ ...facts, isInteractive: false })), false);
    assert.ok(bannerLines(facts).some((line) => line.includes("http://192.168.1.20:8080")));
  });

  it("[CL-3] the first line is the address, and then all that a person needs", () => {
    const lines = bannerLines({ ...FACTS, demoRoom: "demo" });

    assert.equal(lines[0], "Barrage listens on http://127.0.0.1:8080");
    const text = lines.join("\n");
    for (const needed of ["/srv/data", "/live/demo", "#key=key", "Ctrl+C"])
      assert.ok(text.includes(needed), needed);
  });

  it("[CL-33] a person sees warnings and errors as one line without control characters", () => {
    assert.equal(humanLogLine('{"level":"info","msg":"hello"}'), undefined);
    assert.equal(humanLogLine('{"level":"warn","msg":"slow disk"}'), "warning: slow disk");
    assert.equal(
      humanLogLine('{"level":"error","msg":"failed","err":{"message":"why\\u001b[2J"}}'),
      "error: failed: why [2J",
    );
    assert.equal(humanLogLine('{"level":"fatal","msg":"a","err":{"message":"a"}}'), "error: a");
    assert.equal(humanLogLine("not ours\n"), "not ours");
    assert.equal(humanLogLine("17"), "17");
  });

  it("[WK-57] several processes are told of, and the lines of each name it", () => {
    const lines = bannerLines({ ...FACTS, workers: { count: 2, reusePort: true } });
    assert.ok(
      lines.includes("  workers      2 gateway processes and an owner; the port is shared by the kernel"),
    );
    const one = bannerLines({ ...FACTS, workers: { count: 1, reusePort: false } }).join("\n");
    assert.match(one, /1 gateway process and an owner; the port is shared by one listener/);

    const entry = { level: "warn", msg: "slow" };
    assert.equal(
      humanLogLine(JSON.stringify({ ...entry, worker: "2", generation: 5 })),
      "warning: worker 2: slow",
    );
    assert.equal(humanLogLine(JSON.stringify({ ...entry, role: "owner" })), "warning: owner: slow");
    assert.equal(humanLogLine(JSON.stringify(entry)), "warning: slow");
  });
});
