import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { read, trackedFiles } from "./tree.ts";

const BINARY = /\.(png|jpe?g|gif|webp|ico|mp4|webm|woff2?|db|sqlite)$/;
/** A home folder, or a folder at the root that exists only on some machine. */
const MACHINE_PATH = /(?<![\w.~/$}-])\/(home|root|Users|work|workspace|mnt)\/[\w.-]+/;
const REGISTRY_HOST = new RegExp(["registry", String.raw`\.(npmjs|yarnpkg|npmmirror)\.`].join(""));

const texts = trackedFiles().filter((path) => !BINARY.test(path));

const linesWith = (pattern: RegExp): string[] =>
  texts.flatMap((path) =>
    read(path)
      .split("\n")
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 80)}`] : [],
      ),
  );

describe("tracked files", () => {
  it("[AR-16] no tracked file holds a path of one machine", () => {
    assert.deepEqual(linesWith(MACHINE_PATH), []);
  });

  it("[AR-17] no tracked file names a package registry's host", () => {
    assert.deepEqual(linesWith(REGISTRY_HOST), []);
  });
});
