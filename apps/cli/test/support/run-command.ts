import { background } from "@barrage/kernel";
import { run } from "../../src/index.ts";

/** What a command came to: its exit code, and the lines that it wrote. */
export interface Told {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  /** Hears each line on the error output as it comes. */
  readonly onErr?: (line: string) => void;
}

/** Runs `barrage` with these words in this process, on a terminal of 80 columns that is none. */
export async function runCommand(
  args: readonly string[],
  { env = {}, onErr }: Surroundings = {},
): Promise<Told> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    out: (line: string) => void out.push(line),
    err: (line: string) => {
      err.push(line);
      onErr?.(line);
    },
    raw: () => {},
    isInteractive: false,
    columns: 80,
  };
  const code = await run([...args], { terminal, env, ctx: background });
  return { code, out, err };
}
