import { sleep, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

export interface Telling {
  readonly everyMs: number;
  /** How long taking back may take, ms; what is not taken back ends by itself. */
  readonly takeBackMs: number;
  /** Says it again; a failure of Redis is its own affair. */
  tell(ctx: Context): Promise<void>;
  takeBack(ctx: Context): Promise<void>;
  /** It could not be taken back. */
  notTakenBack(): void;
}

/** Tells Redis what holds of this process, again and again until `ctx` is cancelled; then takes it back. */
export async function tellOften(telling: Telling, ctx: Context): Promise<void> {
  try {
    for (;;) {
      await telling.tell(ctx);
      await sleep(telling.everyMs, ctx);
    }
  } finally {
    using patience = ctx.detached().cancellable({ timeout: telling.takeBackMs, name: "take back" });
    await unlessCancelled(telling.takeBack(patience), patience).catch(() => telling.notTakenBack());
  }
}
