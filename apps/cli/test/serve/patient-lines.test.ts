import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@barrage/testkit";
import { PatientLines } from "../../src/serve/patient-lines.ts";

/** A pipe that holds so many bytes until it is read, or a file that fails. */
class Pipe {
  space: number;
  text = "";
  failure: string | undefined = undefined;

  constructor(space: number) {
    this.space = space;
  }

  readonly take = (bytes: Uint8Array): number => {
    const code = this.failure ?? (this.space === 0 ? "EAGAIN" : undefined);
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    const taken = Math.min(this.space, bytes.length);
    this.space -= taken;
    this.text += Buffer.from(bytes.subarray(0, taken)).toString();
    return taken;
  };
}

function linesInto(
  pipe: Pipe,
  maxBytes: number,
): { readonly lines: PatientLines; readonly clock: FakeClock } {
  const clock = new FakeClock();
  const lines = new PatientLines(pipe.take, { maxBytes, clock, onLost: (count) => `lost ${count}\n` });
  return { lines, clock };
}

test("[CL-34] what a full pipe does not take waits whole and in order until it is read", async () => {
  const pipe = new Pipe(6);
  const { lines, clock } = linesInto(pipe, 100);
  for (const line of ["one\n", "two\n", "three\n"]) lines.write(line);
  assert.equal(pipe.text, "one\ntw");
  pipe.space = 100;
  await clock.advance(20);
  assert.equal(pipe.text, "one\ntwo\nthree\n");
  assert.equal(clock.pendingTimers, 0);
});

test("[CL-34] one byte more than may wait is a lost line, and it is told behind those that waited", async () => {
  for (const [line, expected] of [
    ["123\n", "waits\n123\nafter\n"],
    ["1234\n", "waits\n1234\nafter\n"],
    ["12345\n", "waits\nlost 1\nafter\n"],
  ] as const) {
    const pipe = new Pipe(0);
    const { lines, clock } = linesInto(pipe, "waits\n1234\n".length);
    lines.write("waits\n");
    lines.write(line);
    pipe.space = 100;
    await clock.advance(20);
    lines.write("after\n");
    assert.equal(pipe.text, expected);
  }
});

test("[CL-35] the last lines of a process wait, too, where no more may wait", async () => {
  const pipe = new Pipe(0);
  const { lines, clock } = linesInto(pipe, 6);
  lines.write("waits\n");
  lines.write("lost\n");
  lines.end();
  lines.write("last words\n");
  pipe.space = 100;
  await clock.advance(20);
  assert.equal(pipe.text, "waits\nlast words\nlost 1\n");
});

test("[CL-34] lines that nobody has read for five seconds are lost, but for one that was begun", async () => {
  const pipe = new Pipe(2);
  const { lines, clock } = linesInto(pipe, 100);
  lines.write("begun\n");
  lines.write("gone\n");
  await clock.advance(4_980);
  assert.equal(clock.pendingTimers, 1);
  await clock.runUntilIdle();
  // Nothing waits that would keep a process alive.
  assert.equal(clock.pendingTimers, 0);
  pipe.space = 100;
  lines.write("next\n");
  assert.equal(pipe.text, "begun\nnext\nlost 1\n");
});

test("[CL-34] a reader that is gone and a full disk fail nobody; the next line that is taken tells of it", () => {
  for (const code of ["EPIPE", "ENOSPC"]) {
    const pipe = new Pipe(100);
    const { lines } = linesInto(pipe, 100);
    pipe.failure = code;
    lines.write("one\n");
    lines.write("two\n");
    pipe.failure = undefined;
    lines.write("three\n");
    assert.equal(pipe.text, "three\nlost 2\n");
  }
});
