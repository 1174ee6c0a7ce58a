import { fileURLToPath } from "node:url";
import { Channel, go, recv, select } from "@barrage/kernel";
import { child } from "../tools/child.ts";
import type { Measured } from "../trap.ts";

interface Source {
  /** Set once the source is connected. */
  frames?: Channel<string>;
}

/** Writes a line when the first frame of a source is there; looks for its channel too early. */
function serve(): void {
  const source: Source = {};
  const report = async (): Promise<void> => {
    const { value } = await select({ frame: recv(source.frames) });
    process.stdout.write(`first frame ${value.value ?? ""}\n`);
  };
  go(report); // guilty
  queueMicrotask(() => queueMicrotask(() => connect(source)));
}

function connect(source: Source): void {
  source.frames = new Channel<string>(1);
  if (!source.frames.trySend("f")) throw new Error("a new channel has room");
}

/** A reader closes what it does not own; the writer goes on. */
async function afterClose(log: (error: unknown) => void): Promise<number> {
  const room = new Channel<number>(8, { name: "room" });
  await room.send(1);
  room.close();
  await room.send(2).catch(log); // guilty
  return room.length;
}

export async function run(log: (error: unknown) => void = () => undefined): Promise<readonly Measured[]> {
  const { lines } = await child(fileURLToPath(import.meta.url));
  return [
    { what: "reports written", meant: 1, got: lines.length },
    { what: "values in the room", meant: 2, got: await afterClose(log) },
  ];
}

if (import.meta.main) serve();
