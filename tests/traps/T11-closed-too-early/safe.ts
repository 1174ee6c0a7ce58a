import { type Context, scope, TwoPhaseClose, type Writer } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Each importer has a writer and leaves when it is done; the channel closes when the last one has left. */
export async function run(): Promise<Measured> {
  const rows = new TwoPhaseClose<number>(8, { name: "rows" });
  let received = 0;
  await scope((s) => {
    const importer = async (count: number, writer: Writer<number>, ctx: Context): Promise<void> => {
      using _left = writer;
      for (let row = 0; row < count; row++) await writer.flush(row, ctx);
    };
    for (const count of [5, 3, 1]) {
      const writer = rows.writer();
      if (writer !== undefined) s.spawn((ctx) => importer(count, writer, ctx));
    }
    s.spawn(async (ctx) => {
      for await (const _ of rows.receiver.values(ctx)) received += 1;
    });
    s.spawn((ctx) => rows.close(ctx));
  });
  return { what: "rows imported", meant: 9, got: received };
}
