import { type Context, nextTurn, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Beside the handler, in the module: one for the whole process. */
export const state = { user: "" };

async function handle(user: string, shared: typeof state, _ctx: Context): Promise<string> {
  shared.user = user;
  await nextTurn(); // the database answers
  return `hello ${shared.user}`; // guilty
}

/** Two users ask at the same time. */
export async function run(shared = state): Promise<Measured> {
  const answers = await scope((s) =>
    Promise.all(["ana", "bo"].map((user) => s.spawn((ctx) => handle(user, shared, ctx)))),
  );
  return { what: "answers", meant: "hello ana, hello bo", got: answers.join(", ") };
}
