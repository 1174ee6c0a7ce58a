import { Channel, type Context, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Three importers of five, three and one danmaku; the first that is done closes. */
export async function run(log: (error: unknown) => void = () => undefined): Promise<Measured> {
  const rows = new Channel<number>(8, { name: "rows" });
  let received = 0;
  await scope(
    (s) => {
      const importer = async (count: number, ctx: Context): Promise<void> => {
        for (let row = 0; row < count; row++) await rows.send(row, ctx);
        rows.close(); // guilty
      };
      for (const count of [5, 3, 1]) s.spawn((ctx) => importer(count, ctx));
      s.spawn(async (ctx) => {
        for await (const _ of rows.values(ctx)) received += 1;
      });
    },
    { onError: "collect" },
  ).catch(log); // "somebody had closed already": logged, and forgotten
  return { what: "rows imported", meant: 9, got: received };
}
