import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type * as Kernel from "@barrage/kernel";
import {
  background,
  CancelledError,
  Channel,
  type Context,
  DeadlineExceededError,
  InvalidArgumentError,
  isCancelled,
  KERNEL_ERRORS,
  kernelCode,
  KernelError,
  Scope,
  scope,
  Semaphore,
  sleep,
} from "@barrage/kernel";

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"));
}

describe("errors", () => {
  it("[KN-100] has a test for every code, and a row for every code in the source", () => {
    const codes = Object.keys(KERNEL_ERRORS);
    const tests = sources(import.meta.dirname).join("\n");
    const used = sources(join(import.meta.dirname, "../src"))
      .join("\n")
      .match(/KERNEL_[A-Z_]+/g);

    assert.deepEqual(
      codes.filter((code) => !tests.includes(`"${code}"`)),
      [],
    );
    assert.deepEqual(
      [...new Set(used)].filter((code) => code !== "KERNEL_ERRORS" && !codes.includes(code)),
      [],
    );
  });

  it("[KN-100] carries code, fields, row and a message with the fields in it", () => {
    const error = new KernelError("KERNEL_PERMITS_TOO_MANY", { asked: 5, permits: 2 });

    assert.equal(error.code, "KERNEL_PERMITS_TOO_MANY");
    assert.deepEqual(error.fields, { asked: 5, permits: 2 });
    assert.equal(error.spec, KERNEL_ERRORS.KERNEL_PERMITS_TOO_MANY);
    assert.equal(error.message, "5 permits were asked of a semaphore that has 2");
    assert.equal(new InvalidArgumentError("ms", "0 or more", -1).message, "ms must be 0 or more, not -1");
  });

  it("[KN-101] tells cancellations from other errors", () => {
    assert.equal(isCancelled(new CancelledError("x")), true);
    assert.equal(isCancelled(new DeadlineExceededError("x")), true);
    for (const other of [
      new KernelError("KERNEL_CHANNEL_CLOSED", { name: "c" }),
      new Error("x"),
      null,
      "x",
      0,
    ]) {
      assert.equal(isCancelled(other), false);
    }
    assert.equal(kernelCode(new InvalidArgumentError("a", "b", 0)), "KERNEL_INVALID_ARGUMENT");
    assert.equal(kernelCode({ code: "KERNEL_CANCELLED" }), undefined);
    assert.equal(kernelCode({ code: "toString", [Symbol.for("barrage.error")]: true }), undefined);
  });

  it("[KN-101] knows the errors of another copy of the kernel", async () => {
    const copy = (await import(`../src/errors.ts?copy=${process.pid}`)) as typeof Kernel;
    const foreign = new copy.DeadlineExceededError("x");

    assert.equal(foreign instanceof DeadlineExceededError, false);
    assert.equal(isCancelled(foreign), true);
    assert.equal(kernelCode(foreign), "KERNEL_DEADLINE_EXCEEDED");
  });

  it("[KN-102] refuses a context of another make, wherever one is taken", async () => {
    const foreign = { ...background } as Context;
    const code = { code: "KERNEL_FOREIGN", message: "the context was not made by this copy of the kernel" };

    assert.throws(() => new Scope(foreign), code);
    assert.throws(() => new Channel(1).receive(foreign), code);
    assert.throws(() => new Semaphore(1).acquire(1, foreign), code);
    assert.throws(() => sleep(1, foreign), code);
    await assert.rejects(
      scope(() => 1, { parent: foreign }),
      code,
    );
  });

  it("[KN-100] names its kinds for people", () => {
    const names = [
      new KernelError("KERNEL_FOREIGN", { name: "context" }),
      new CancelledError("x"),
      new DeadlineExceededError("x"),
      new InvalidArgumentError("a", "b", 0),
    ].map(({ name }) => name);

    assert.deepEqual(names, [
      "KernelError",
      "CancelledError",
      "DeadlineExceededError",
      "InvalidArgumentError",
    ]);
  });
});
