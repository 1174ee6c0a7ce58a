import type { Context } from "@barrage/kernel";
import { loadError } from "../errors.ts";
import type { Publisher, PublishOutcome, Target } from "./adapter.ts";
import { HttpLanes, postRequest } from "./http-lanes.ts";
import type { HttpReply } from "./http-lanes.ts";
import { parseObject } from "./parse-object.ts";

/** `POST /auth/login`, Barrage's own issuer. Errors: LOAD_UNREACHABLE, LOAD_LOGIN_REFUSED. */
export async function barrageLogin(target: Target, uid: string, ctx: Context): Promise<string> {
  ctx.throwIfCancelled();
  const lanes = new HttpLanes(target, 1);
  const { promise, resolve } = Promise.withResolvers<HttpReply | undefined>();
  if (!lanes.offer(postRequest(target, "/auth/login", undefined, { uid }), resolve)) resolve(undefined);
  const reply = await promise;
  lanes.close();
  const name = `${target.host}:${target.port}`;
  if (reply === undefined)
    throw loadError("LOAD_UNREACHABLE", { target: name, reason: "no answer to a login" });
  const token = parseObject(reply.body)?.["token"];
  if (reply.status === 200 && typeof token === "string") return token;
  throw loadError("LOAD_LOGIN_REFUSED", { target: name, reason: `${reply.status} ${codeOf(reply)}` });
}

/** Publishes by `POST /api/v1/danmu`. */
export function barragePublisher(target: Target, connections: number): Publisher {
  const lanes = new HttpLanes(target, connections);
  return {
    opened: Promise.resolve(),
    get waiting() {
      return lanes.waiting;
    },
    publish({ room, token, content }, done) {
      const request = postRequest(target, "/api/v1/danmu", token, { room_id: room, content });
      if (!lanes.offer(request, (reply) => done(outcomeOf(reply))))
        done({ kind: "refused", code: "GENERATOR_FULL" });
    },
    close: () => lanes.close(),
  };
}

function outcomeOf(reply: HttpReply | undefined): PublishOutcome {
  if (reply === undefined) return { kind: "refused", code: "CONNECTION_LOST" };
  if (reply.status !== 202) return { kind: "refused", code: codeOf(reply) };
  const seq = parseObject(reply.body)?.["seq"];
  return { kind: "acked", seq: typeof seq === "number" ? seq : undefined };
}

/** The error's code where the body has one, the status otherwise. */
function codeOf({ status, body }: HttpReply): string {
  const error: unknown = parseObject(body)?.["error"];
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : `HTTP_${status}`;
}
