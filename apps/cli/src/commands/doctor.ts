import type { Command } from "../command.ts";
import { CONFIG_OPTIONS, configOf, derivedOptions } from "../config-flags.ts";
import { findingLine } from "../doctor/check.ts";
import { checkDisk } from "../doctor/disk.ts";
import { judgeNode, judgeOpenFiles, openFileLimit } from "../doctor/machine.ts";
import { checkPort } from "../doctor/port.ts";
import { checkWorkers } from "../doctor/workers.ts";
import { cliError } from "../errors.ts";
import { EXIT } from "../failure.ts";

export const doctor: Command = {
  name: "doctor",
  description: "Look whether this machine can run a server, and say what to change",
  args: { ...CONFIG_OPTIONS, ...derivedOptions() },
  examples: [
    ["barrage doctor", "with the default port and folder"],
    ["barrage doctor --port 9000 --data /srv/barrage", "with those of a server to be"],
  ],
  async run(values, around) {
    const { server, store, workers } = configOf(values, around).config;
    const findings = [
      judgeNode(process.versions.node),
      judgeOpenFiles(openFileLimit()),
      ...checkDisk(store.dir),
      await checkPort(server.host, server.port),
      await checkWorkers(workers),
    ];
    for (const finding of findings) around.terminal.out(findingLine(finding));
    const count = findings.filter(({ state }) => state === "bad").length;
    if (count > 0) throw cliError("CLI_UNHEALTHY", { count, total: findings.length });
    return EXIT.DONE;
  },
};
