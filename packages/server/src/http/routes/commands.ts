import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { Static, TSchema } from "typebox";
import type { Principal, RoomCommands } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { principalOf } from "../call.ts";
import type { HttpParts } from "../call.ts";
import { answers, closed, Done, RoomParams, TOKEN_NEEDED, UserId } from "../schemas.ts";

/** Whom the command comes from, where, and until when. */
interface Order {
  readonly commands: RoomCommands;
  readonly who: Principal;
  readonly room: string;
  readonly ctx: Context;
}

interface Command<S extends TSchema> {
  readonly path: string;
  readonly summary: string;
  readonly body: S;
  readonly run: (order: Order, body: Static<S>) => Promise<void>;
}

/** Erases the body's type from the table; the route checks the body by the same schema first. */
const command = <S extends TSchema>(of: Command<S>): Command<TSchema> => of;

/** Marks a command without a body; what is sent all the same is not looked at. */
const Nothing = Type.Object({});
const User = closed({ uid: UserId });
const Sanction = closed({
  uid: UserId,
  seconds: Type.Optional(
    Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], { description: "Absent or null: for ever." }),
  ),
});

/** Each appends a record to the room's log, so all viewers see it in order with danmaku. */
const COMMANDS: readonly Command<TSchema>[] = [
  command({
    path: "title",
    summary: "Change the title (host)",
    body: closed({ title: Type.String() }),
    run: ({ commands, who, room, ctx }, { title }) => commands.setTitle(who, room, title, ctx),
  }),
  command({
    path: "slow-mode",
    summary: "Seconds a viewer must wait between two danmaku; 0 is off (moderator)",
    body: closed({ seconds: Type.Integer({ minimum: 0 }) }),
    run: ({ commands, who, room, ctx }, { seconds }) => commands.setSlowMode(who, room, seconds, ctx),
  }),
  command({
    path: "mute",
    summary: "Keep a user from publishing (moderator)",
    body: Sanction,
    run: ({ commands, who, room, ctx }, { uid, seconds = null }) =>
      commands.mute(who, room, { uid, seconds }, ctx),
  }),
  command({
    path: "unmute",
    summary: "Let a muted user publish again (moderator)",
    body: User,
    run: ({ commands, who, room, ctx }, { uid }) => commands.unmute(who, room, uid, ctx),
  }),
  command({
    path: "ban",
    summary: "Disconnect a user and keep them out (moderator)",
    body: Sanction,
    run: ({ commands, who, room, ctx }, { uid, seconds = null }) =>
      commands.ban(who, room, { uid, seconds }, ctx),
  }),
  command({
    path: "unban",
    summary: "Let a banned user in again (moderator)",
    body: User,
    run: ({ commands, who, room, ctx }, { uid }) => commands.unban(who, room, uid, ctx),
  }),
  command({
    path: "recall",
    summary: "Take back one danmaku (moderator; viewers their own)",
    body: closed({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
    run: ({ commands, who, room, ctx }, { id }) => commands.recall(who, room, id, ctx),
  }),
  command({
    path: "clear-user",
    summary: "Take back everything a user has sent here (moderator)",
    body: User,
    run: ({ commands, who, room, ctx }, { uid }) => commands.clearUser(who, room, uid, ctx),
  }),
  command({
    path: "end",
    summary: "The stream is over: the room goes offline (host)",
    body: Nothing,
    run: ({ commands, who, room, ctx }) => commands.end(who, room, ctx),
  }),
  command({
    path: "close",
    summary: "Close the room for good (host)",
    body: Nothing,
    run: ({ commands, who, room, ctx }) => commands.close(who, room, ctx),
  }),
];

export function commandRoutes(app: FastifyInstance, parts: HttpParts): void {
  const { commands } = parts.engine;
  for (const { path, summary, body, run } of COMMANDS) {
    app.post<{ Params: { id: string } }>(`/api/v1/rooms/:id/${path}`, {
      schema: {
        summary,
        tags: ["moderation"],
        security: TOKEN_NEEDED,
        params: RoomParams,
        ...(body === Nothing ? {} : { body }),
        response: answers(200, Done),
      },
      async handler(request) {
        const who = await principalOf(parts, request);
        const { ctx } = request.call;
        await run({ commands, who, room: request.params.id, ctx }, request.body);
        return { status: "ok" };
      },
    });
  }
}
