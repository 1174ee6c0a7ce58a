import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { leavesTasks } from "@barrage/testkit";

// #region tools
import { Channel, go } from "@barrage/kernel";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";

export function handleRequest(): Promise<void> {
  return assertNoLeaks(() => {
    const answer = new Channel<string>(0, { name: "answer" });
    go(() => answer.send("ready"), { name: "ask" });
  });
}
// #endregion

describe("README", () => {
  it("shows the example of the tools that is compiled here", () => {
    const own = readFileSync(import.meta.filename, "utf8");
    const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
    const example = own.split("// #region tools\n")[1]?.split("// #endregion")[0];

    assert.equal(readme.split("```ts\n")[2]?.split("```")[0], example);
  });

  it("[KD-10] says what it says there", async () => {
    leavesTasks("the example's answer is asked for by nobody");
    await assert.rejects(handleRequest(), {
      message:
        /^1 task\(s\) outlived their body:\n1 application\/ask \[send answer, \d+ ms\]\n {4}created by .*readme\.test/,
    });
  });
});
