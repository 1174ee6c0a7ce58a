import { fileURLToPath } from "node:url";
import { Channel, go, recv, select } from "@barrage/kernel";
import { child } from "../tools/child.ts";
import type { Measured } from "../trap.ts";

/** The channel is there from the start, whether anybody sends yet or not. */
class Source {
  readonly frames = new Channel<string>(1);
}

function serve(): void {
  const source = new Source();
  const report = async (): Promise<void> => {
    const { value } = await select({ frame: recv(source.frames) });
    process.stdout.write(`first frame ${value.value ?? ""}\n`);
  };
  go(report);
  queueMicrotask(() => queueMicrotask(() => connect(source)));
}

function connect(source: Source): void {
  if (!source.frames.trySend("f")) throw new Error("a new channel has room");
}

/** Only the writer closes, when it has sent its last; closing again is nothing. */
async function thenClose(log: (error: unknown) => void): Promise<number> {
  const room = new Channel<number>(8, { name: "room" });
  for (const id of [1, 2]) await room.send(id).catch(log);
  room.close();
  room.close();
  return room.length;
}

export async function run(log: (error: unknown) => void = () => undefined): Promise<readonly Measured[]> {
  const { lines } = await child(fileURLToPath(import.meta.url));
  return [
    { what: "reports written", meant: 1, got: lines.length },
    { what: "values in the room", meant: 2, got: await thenClose(log) },
  ];
}

if (import.meta.main) serve();
