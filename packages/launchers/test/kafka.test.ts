import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { startKafka } from "@barrage/launchers";
import { askMetadata } from "../src/kafka/metadata.ts";
import { temporaryFolder } from "./support/folders.ts";
import { kafka, needs } from "./support/programs.ts";

const portOf = (address: string): number => Number(address.split(":")[1]);

describe("Kafka", needs("kafka"), () => {
  it("[CU-2] is started again in its folder, on other ports, as the cluster that it was", async () => {
    using folder = temporaryFolder();
    const options = { programs: kafka(), dir: folder.path, keep: true, brokers: 1 } as const;
    const meta = (): string => readFileSync(join(folder.path, "1/data/meta.properties"), "utf8");

    const first = await startKafka(options);
    await first.stop();
    const [made, port] = [meta(), portOf(first.bootstrap[0]!)];
    await using second = await startKafka(options);

    assert.equal(first.brokers[0]!.isRunning, false);
    assert.equal(meta(), made);
    assert.notEqual(portOf(second.bootstrap[0]!), port);
    assert.deepEqual(await askMetadata(portOf(second.bootstrap[0]!), 5_000), { brokers: 1, controller: 1 });
    await assert.rejects(startKafka({ ...options, brokers: 3 }), { code: "LAUNCHER_FOLDER_OTHER" });
  });

  it("[CU-4] says what a broker said that ended at its start", async () => {
    using folder = temporaryFolder();
    const java = join(folder.path, "java");
    writeFileSync(java, "#!/bin/sh\necho no memory\nexit 1\n");
    chmodSync(java, 0o755);

    const start = startKafka({ programs: { ...kafka(), java }, dir: folder.path, keep: true, brokers: 1 });

    await assert.rejects(start, { code: "LAUNCHER_ENDED", message: /kafka 1 .*no memory/s });
  });

  it("[CU-4] leaves no process of a start that was cancelled", async () => {
    using folder = temporaryFolder();
    const [java, pidFile] = [join(folder.path, "java"), join(folder.path, "pid")];
    // Never ready, and hard of hearing.
    writeFileSync(java, `#!/bin/sh\ntrap '' TERM\necho $$ > ${pidFile}\nwhile :; do sleep 1; done\n`);
    chmodSync(java, 0o755);
    using ctx = background.cancellable({ name: "start" });

    const start = startKafka(
      { programs: { ...kafka(), java }, dir: folder.path, keep: true, brokers: 1 },
      ctx,
    );
    ctx.cancel();

    await assert.rejects(start, { name: "CancelledError" });
    const pid = readPid(pidFile);
    if (pid !== undefined) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });
});

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    // An empty file, as one that is absent: it was killed before it could say it.
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
