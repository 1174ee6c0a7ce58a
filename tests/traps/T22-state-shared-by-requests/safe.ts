import { type Context, key, nextTurn, scope } from "@barrage/kernel";
import type { Measured } from "../trap.ts";
import { state } from "./reproduction.ts";

const USER = key<string>("user");

async function handle(ctx: Context): Promise<string> {
  await nextTurn(); // the database answers
  return `hello ${ctx.value(USER) ?? "stranger"}`;
}

/** What belongs to a request goes with its context. */
export async function run(_shared = state): Promise<Measured> {
  const answers = await scope((s) =>
    Promise.all(["ana", "bo"].map((user) => s.spawn((ctx) => handle(ctx.with(USER, user))))),
  );
  return { what: "answers", meant: "hello ana, hello bo", got: answers.join(", ") };
}
