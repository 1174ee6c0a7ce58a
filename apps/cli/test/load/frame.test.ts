import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LoadReport, TimelineSecond } from "@barrage/load";
import { frame, plainLine } from "../../src/load/frame.ts";
import { RunProgress } from "../../src/load/progress.ts";
import { runView } from "../../src/load/view.ts";
import type { Terminal } from "../../src/terminal.ts";

const PLAN = { scenario: "live-room", protocol: "barrage", host: "127.0.0.1", port: 8_080, viewers: 100 };

const second = (number: number, changes: Partial<TimelineSecond> = {}): TimelineSecond => ({
  second: number,
  invalid: [],
  published: 50,
  acked: 49,
  refused: 1,
  errors: { BARRAGE_LIMIT: 1 },
  delivered: 4_900,
  connections: 100,
  p50: 5,
  p95: 9,
  p99: 12.34,
  max: 20,
  ackP99: 3,
  effort: { cpu: 0.1, loopDelayP99Ms: 1, loopDelayMaxMs: 2, sendLagMaxMs: 1 },
  ...changes,
});

const report = (lost: number, viewers = 100): LoadReport =>
  ({
    published: 500,
    acked: 490,
    delivered: 49_000,
    invalidSeconds: 1,
    audience: { viewers, lost },
    latencies: { delivery: { p99: 7.5 } },
  }) as LoadReport;

function progressed(): RunProgress {
  const progress = new RunProgress(PLAN, 20);
  progress.phase = "sending";
  for (let at = 0; at < 10; at += 1) progress.second(second(at, { p99: at, published: 50 + at }));
  return progress;
}

class Screen implements Terminal {
  text = "";
  readonly lines: string[] = [];
  readonly isInteractive: boolean;
  columns = 80;
  rows = 24;

  constructor(isInteractive: boolean) {
    this.isInteractive = isInteractive;
  }

  out(line: string): void {
    this.lines.push(line);
  }

  err(line: string): void {
    this.lines.push(line);
  }

  raw(text: string): void {
    this.text += text;
  }
}

describe("the view of a load run", () => {
  it("[LD-67] has a bar, a sparkline each of rate and p99, and the counts", () => {
    const progress = progressed();
    progress.second(second(10, { invalid: ["cpu", "send lag"] }));

    assert.deepEqual(frame(progress, 100), [
      "live-room   barrage at 127.0.0.1:8080   sending",
      "██████████████████████░░░░░░░░░░░░░░░░░░  55 %  0:11 of 0:20",
      "rate       50/s  ▇▇▇▇▇█████▇",
      "p99     12.3 ms  ▁▂▂▃▃▄▄▅▆▆█",
      "connections 100 of 100   sent 595   acked 539   delivered 53900   lost (known at the end)",
      "errors 11   invalid seconds 1 (now: cpu, send lag)",
    ]);
  });

  it("[LD-67] knows what was lost at the end, if the run came to it", () => {
    const [whole, stopped] = [progressed(), progressed()];
    whole.end(report(3));
    stopped.end(report(0, 0));

    assert.ok(
      frame(whole, 100).some((line) => line.includes("sent 500   acked 490   delivered 49000   lost 3")),
    );
    assert.ok(frame(whole, 100).some((line) => line.startsWith("rate       50/s")));
    assert.ok(frame(whole, 100).some((line) => line.startsWith("p99     7.50 ms")));
    assert.ok(frame(stopped, 100).some((line) => line.includes("lost (known at the end)")));
  });

  it("[LD-67] has no line that is wider than the screen, however narrow, and no broken count", () => {
    const progress = progressed();
    for (let columns = 1; columns <= 200; columns += 1)
      for (const line of frame(progress, columns)) assert.ok(line.length <= columns, `${columns}: ${line}`);
    const narrow = frame(progress, 30);
    for (const cell of [
      "barrage at 127.0.0.1:8080",
      "connections 100 of 100",
      "sent 545",
      "acked 490",
      "delivered 49000",
      "errors 10",
    ])
      assert.ok(
        narrow.some((line) => line.includes(cell)),
        cell,
      );
  });

  it("[LD-67] is redrawn in place: a second frame writes over the first, and breaks no line", () => {
    const terminal = new Screen(true);
    const view = runView(progressed(), terminal, false);
    view.phase("sending");
    const first = terminal.text;
    terminal.text = "";
    view.second(second(10));

    assert.ok(first.includes("50 %  0:10 of 0:20"));
    assert.match(terminal.text, /\u001B\[\d*A/, "the cursor goes up");
    assert.ok(terminal.text.includes("55 %  0:11 of 0:20"));
    terminal.text = "";
    view.end(report(0));
    view.close();
    assert.ok(terminal.text.includes("lost 0"));
    assert.deepEqual(terminal.lines, []);
  });

  it("[LD-67] shows connections while they are made, with and without a screen", () => {
    for (const isInteractive of [true, false]) {
      const terminal = new Screen(isInteractive);
      const view = runView(new RunProgress(PLAN, 20), terminal, false);
      view.phase("connecting");
      view.connecting(42);

      const shown = isInteractive ? terminal.text : terminal.lines.join("\n");
      assert.ok(shown.includes(isInteractive ? "connections 42 of 100" : "connecting: 42 connections"));
    }
  });

  it("[LD-67] is one line for each second without a screen, with what is invalid", () => {
    const terminal = new Screen(false);
    const view = runView(new RunProgress(PLAN, 20), terminal, false);
    view.phase("sending");
    view.second(second(-1, { errors: {} }));
    view.second(second(0));
    view.second(second(1, { invalid: ["cpu"] }));
    view.second(second(20, { published: 0, acked: 0, delivered: 0, errors: {} }));
    view.phase("done");
    view.end(report(0));

    assert.deepEqual(terminal.lines, [
      "1 s: 100 connections, 50/s sent, 49/s acked, 4900/s delivered, p50 5.00 ms, p99 12.3 ms, errors 1",
      "2 s: 100 connections, 50/s sent, 49/s acked, 4900/s delivered, p50 5.00 ms, p99 12.3 ms, errors 2, invalid: cpu",
    ]);
    assert.equal(terminal.text, "");
  });

  it("[LD-67] is nothing at all when nobody wants to watch", () => {
    for (const isInteractive of [true, false]) {
      const terminal = new Screen(isInteractive);
      const view = runView(new RunProgress(PLAN, 20), terminal, true);
      view.phase("sending");
      view.connecting(1);
      view.second(second(0));
      view.end(report(0));
      view.close();

      assert.deepEqual([terminal.text, terminal.lines], ["", []]);
    }
  });

  it("[LD-67] obeys no control character of a scenario's name", () => {
    const terminal = new Screen(false);
    const progress = new RunProgress({ ...PLAN, scenario: "a\u001B[2Jb" }, 20);
    const screen = new Screen(true);
    runView(progress, screen, false).phase("sending");

    assert.equal(screen.text.includes("\u001B[2J"), false);
    assert.ok(screen.text.includes("a [2Jb"));
    assert.ok(plainLine(progress).startsWith("connecting"));
    assert.deepEqual(terminal.lines, []);
  });
});
