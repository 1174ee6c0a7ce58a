import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { CLUSTER_ERRORS } from "@barrage/cluster";
import { ResponseError } from "@platformatic/kafka";
import { answerIn, codeOf, isRetryable, nameOfCode, reasonOf } from "../../src/kafka/failure.ts";

describe("Kafka's errors", () => {
  it("[KL-46] every code of the table is seen in some test", () => {
    const tests = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(new URL(name, import.meta.url), "utf8"))
      .join("\n");

    assert.deepEqual(
      Object.keys(CLUSTER_ERRORS).filter((code) => code.startsWith("KAFKA_") && !tests.includes(`"${code}"`)),
      [],
    );
  });

  it("[KL-46] an answer with codes in it is told apart from no answer, and gives its code", () => {
    const answer = { responses: [] };
    const told = new ResponseError(0, 11, { "/x": [6, null] }, answer);

    assert.equal(answerIn(told), answer);
    assert.equal(codeOf(told), 6);
    assert.equal(codeOf(new AggregateError([new Error("a"), told])), 6);
    for (const error of [new Error("connection lost"), undefined, "text", {}]) {
      assert.equal(answerIn(error), undefined);
      assert.equal(codeOf(error), undefined);
    }
  });

  it("[KL-46] a reason is the innermost sentences, once each", () => {
    const inner = new Error("refused");
    const error = new AggregateError([inner, new Error("outer", { cause: inner }), "text"]);

    assert.equal(reasonOf(error), "refused; text");
    assert.equal(nameOfCode(6), "NOT_LEADER_OR_FOLLOWER");
    assert.equal(nameOfCode(12_345), "error 12345");
    assert.deepEqual([isRetryable(6), isRetryable(10), isRetryable(12_345)], [true, false, false]);
  });
});
