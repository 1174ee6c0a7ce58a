import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { defineCommand, parseArgs, renderUsage } from "citty";
import type { Command, Surroundings } from "./command.ts";
import { Values } from "./command.ts";
import { withHostAddress } from "./config-flags.ts";
import { usageError } from "./errors.ts";
import { EXIT, exitCodeOf, reportFailure } from "./failure.ts";
import { nearest, refuseUnknownOptions } from "./options.ts";

/** Each command is loaded when asked for: `barrage replay` need not load the server. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./commands/serve.ts")).serve,
  cluster: async () => (await import("./commands/cluster.ts")).cluster,
  load: async () => (await import("./commands/load.ts")).load,
  capacity: async () => (await import("./commands/capacity.ts")).capacity,
  replay: async () => (await import("./commands/replay.ts")).replayCommand,
  import: async () => (await import("./commands/import.ts")).importCommand,
  export: async () => (await import("./commands/export.ts")).exportCommand,
  config: async () => (await import("./commands/config.ts")).config,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
};

const SUMMARY = "Live danmaku: take them in, order them, show every viewer the same stream.";

export function version(): string {
  // One folder up in the sources and in the published package alike.
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    SUMMARY,
    "",
    "Usage: barrage <command> [options]",
    "",
    ...commands.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`),
    "",
    "Examples:",
    ...commands.map(({ examples: [first] }) => (first === undefined ? "" : `  ${first[0]}`)),
    "",
    "barrage <command> --help tells a command's options; barrage --version the version.",
  ].join("\n");
}

async function usageOf(command: Command): Promise<string> {
  const { name, description, args, details = [], examples } = command;
  const usage = await renderUsage(
    defineCommand({ meta: { name: `barrage ${name}`, description, version: version() }, args }),
  );
  const width = Math.max(...examples.map(([line]) => line.length));
  return [
    // The library pads every line to the longest.
    usage.replace(/[ \t]+$/gm, ""),
    ...details.flatMap(([title, lines]) => [title, "", ...lines.map((line) => `  ${line}`), ""]),
    "EXAMPLES",
    "",
    ...examples.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`),
  ].join("\n");
}

async function dispatch(argv: readonly string[], around: Surroundings): Promise<number> {
  const [name, ...given] = argv;
  const { terminal } = around;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    terminal.out(await overview());
    return name === undefined ? EXIT.USAGE : EXIT.DONE;
  }
  if (name === "--version" || name === "-v") {
    terminal.out(version());
    return EXIT.DONE;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const meant = nearest(name, Object.keys(COMMANDS));
    throw usageError(
      `unknown command ${name}${meant === undefined ? "" : `; did you mean ${meant}?`} (barrage --help lists them)`,
    );
  }
  const command = await load();
  if (given.includes("--help") || given.includes("-h")) {
    const usage = await usageOf(command);
    terminal.out(terminal.isInteractive ? usage : stripVTControlCharacters(usage));
    return EXIT.DONE;
  }
  const rawArgs = "host" in command.args ? withHostAddress(given) : given;
  refuseUnknownOptions(rawArgs, command.args);
  return command.run(new Values(parseArgs(rawArgs, command.args)), around);
}

/** Runs `barrage` with these arguments; what went wrong is said on stderr. Resolves to the exit code. */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  try {
    return await dispatch(argv, around);
  } catch (error) {
    reportFailure(around.terminal, error);
    return exitCodeOf(error);
  }
}
