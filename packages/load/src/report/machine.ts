import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";

/** The machine and run time of a generator. */
export interface Machine {
  readonly node: string;
  /** As `linux x64`. */
  readonly platform: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
}

export const thisMachine = (): Machine => ({
  node: process.version,
  platform: `${platform()} ${arch()}`,
  cpus: availableParallelism(),
  cpuModel: cpus()[0]?.model ?? "",
  memoryBytes: totalmem(),
});
