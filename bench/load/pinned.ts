import { spawnSync } from "node:child_process";

/** Core of the server and of the generator, where the machine lets us choose. */
export const CORES = { server: 0, generator: 1 } as const;

let isPossible: boolean | undefined;

/** Has this machine both cores, and a command that keeps a process on one? */
export const canPin = (): boolean =>
  (isPossible ??= spawnSync("taskset", ["-c", "0,1", "true"], { stdio: "ignore" }).status === 0);

/** The command that runs `command` on this core only. */
export const onCore = (core: number, command: readonly string[]): readonly string[] => [
  "taskset",
  "-c",
  String(core),
  ...command,
];

/** Keeps a process that runs already, with all its threads, on this core only. */
export const keepOnCore = (core: number, pid: number): void =>
  void spawnSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
