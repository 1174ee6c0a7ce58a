import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Fleet } from "../support/stand-in-fleet.ts";
import { DOES_NOT_END, DOES_NOT_START } from "../support/stand-in-process.ts";

describe("changes to the processes of a supervisor", { timeout: 480_000 }, () => {
  it("[WK-39] there are more under load and fewer after it, each decision said and counted", async (t) => {
    const fleet = await Fleet.start(t, {
      "workers.count": "1",
      "workers.max": "2",
      "workers.scale.window-ms": "500",
      "workers.scale.grow-wait-ms": "500",
      "workers.scale.hold-ms": "500",
    });
    await fleet.get("/load?queue=20&cpu=0.5");
    await fleet.line(/worker 2 serves/);
    await fleet.everyone(2);
    const from = fleet.lines.length;
    for (const _ of await fleet.everyone(2)) await fleet.get("/load?queue=0&cpu=0.1");
    // Whoever still says 20 is told as well.
    const calm = async (): Promise<void> => {
      while (fleet.supervisor.workers > 1) await fleet.get("/load?queue=0&cpu=0.1").catch(() => undefined);
    };
    await calm();
    await fleet.line(/has ended \(exit code 0\)/, from);

    const decisions = fleet.lines.filter(({ msg }) => msg === "how many workers there should be");
    assert.ok(decisions.some(({ reason }) => reason === "queue"));
    assert.ok(decisions.some(({ reason }) => reason === "quiet"));
    const { text } = await fleet.get<{ text: string }>("/metrics");
    assert.match(text, /^barrage_supervisor_decisions_total\{decision="grow",reason="queue"\} 1$/m);
    assert.match(text, /^barrage_supervisor_decisions_total\{decision="shrink",reason="quiet"\} 1$/m);
  });

  it("[WK-40] all are restarted one by one, and somebody answers all the while", async (t) => {
    const fleet = await Fleet.start(t, { "workers.count": "2" });
    const before = await fleet.everyone(2);
    let isOver = false;
    const asking = (async () => {
      let answers = 0;
      while (!isOver) {
        // A connection that waited to be accepted when its listener closed is cut by the kernel; it can be tried again.
        const answer = await fleet.who().catch((error: NodeJS.ErrnoException) => error.code);
        if (typeof answer === "string" || answer === undefined) assert.equal(answer, "ECONNRESET");
        else answers += 1;
      }
      return answers;
    })();

    fleet.supervisor.reload();
    await fleet.line(/every process has been restarted/);
    isOver = true;

    assert.ok((await asking) > 0);
    const after = await fleet.everyone(2);
    assert.deepEqual(
      [...after].filter((pid) => before.has(pid)),
      [],
    );
    const ended = fleet.lines.filter(({ msg }) => /has ended/.test(msg));
    assert.deepEqual(
      ended.map(({ level }) => level),
      ["info", "info", "info"],
    );
  });

  it("[WK-41] a bad configuration, or one that cannot be taken up, changes nothing", async (t) => {
    const fleet = await Fleet.start(t, { "workers.count": "1" });
    const { pid } = await fleet.who();
    const { flags } = fleet;

    fleet.flags = { ...flags, "engine.content-max": "none" };
    fleet.supervisor.reload();
    await fleet.line(/the configuration cannot be used/);
    fleet.flags = { ...flags, "server.host": "127.0.0.2" };
    fleet.supervisor.reload();
    await fleet.line(/the configuration cannot be used/, fleet.lines.length - 1);
    assert.equal((await fleet.who()).pid, pid);

    fleet.flags = { ...flags, "engine.content-max": String(DOES_NOT_START) };
    fleet.supervisor.reload();
    await fleet.line(/did not come up: it was told not to start; the restart is taken back/);
    await fleet.line(/the old configuration is in force/);
    assert.equal((await fleet.who()).pid, pid);
    const { text } = await fleet.get<{ text: string }>("/metrics");
    assert.match(text, /^barrage_supervisor_reloads_refused_total 2$/m);
  });

  it("[WK-39] who does not drain in time is told to wait for nobody", async (t) => {
    const fleet = await Fleet.start(t, {
      "workers.count": "1",
      "engine.content-max": String(DOES_NOT_END),
      "server.shutdown-deadline-ms": "1500",
      "server.shutdown-spread-ms": "0",
    });

    await assert.rejects(fleet.supervisor.close(), { code: "SERVER_DRAIN_FORCED" });

    assert.match(fleet.lines.map(({ msg }) => msg).join("\n"), /worker 1 did not drain in time/);
  });

  it("[WK-50, WK-51] figures are those of all, also of one that has died", async (t) => {
    const fleet = await Fleet.start(t, { "workers.count": "2" });
    await fleet.everyone(2);
    const count = async (): Promise<number> => {
      const { text } = await fleet.get<{ text: string }>("/metrics");
      return Number(/^stand_in_requests_total (\d+)$/m.exec(text)?.[1]);
    };
    const first = await count();
    assert.ok(first >= 3);
    const { pid } = await fleet.who();
    process.kill(pid, "SIGKILL");
    const from = fleet.lines.length;
    await fleet.line(/serves/, from);

    // The last request may have been counted after the last report of the one that died.
    assert.ok((await count()) >= first);
    const ledger = await fleet.get<{ process: { in_flight: number; lost_at_close: number } }>("/ledger");
    assert.equal(ledger.process.lost_at_close, 1);
    assert.equal(ledger.process.in_flight, 2);
  });
});
