import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeptRole } from "../../src/kept-role/kept-role.ts";
import type { ControlPort } from "../../src/supervisor/control-port.ts";

/** The line to a supervisor that the test is. */
class Line implements ControlPort {
  readonly sent: unknown[] = [];
  readonly calls: unknown[] = [];
  private listener: Parameters<ControlPort["listen"]>[0] | undefined;

  send(message: unknown): void {
    this.sent.push(message);
  }

  listen(listener: Parameters<ControlPort["listen"]>[0]): void {
    this.listener = listener;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  say(message: unknown): void {
    this.listener?.message(message);
  }

  breaks(): void {
    this.listener?.closed();
  }
}

function role(): { readonly line: Line; readonly kept: KeptRole; readonly told: unknown[] } {
  const line = new Line();
  const told: unknown[] = [];
  const kept = new KeptRole(line, {
    begin: (restarts) => told.push(restarts),
    drain: () => told.push("drain"),
    orphaned: () => told.push("orphaned"),
  });
  return { line, kept, told };
}

describe("a role's process below its supervisor", () => {
  it("[CR-51] says that it is loaded, and begins when it is told to", () => {
    const { line, kept, told } = role();
    kept.loaded();
    assert.deepEqual([line.sent, told], [[{ type: "hello" }], []]);
    line.say({ type: "start", restarts: 3 });
    line.say({ type: "start", restarts: 4 });
    kept.serves();

    assert.deepEqual([line.sent.at(-1), told], [{ type: "serves" }, [3]]);
  });

  it("[CR-54] hears that it is to end, and that its supervisor is no more; nothing else moves it", () => {
    const { line, told } = role();
    for (const message of [undefined, "drain", { type: "start" }, { type: "start", restarts: -1 }, {}])
      line.say(message);
    assert.deepEqual(told, []);
    line.say({ type: "drain" });
    line.breaks();

    assert.deepEqual(told, ["drain", "orphaned"]);
  });
});
