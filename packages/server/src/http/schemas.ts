import { Type } from "typebox";
import type { TSchema } from "typebox";
import {
  GIFT_COUNT_MAX,
  LIKES_PER_FRAME_MAX,
  MODES,
  NAME_MAX_GRAPHEMES,
  PIN_MAX_MS,
  PTS_MAX_MS,
  ROLES,
  SIZE_MAX,
  SIZE_MIN,
} from "./limits.ts";

/** An object that takes no other field. */
export const closed = <P extends Record<string, TSchema>>(properties: P, options: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options });

export const choice = <T extends string>(values: readonly T[]) =>
  Type.Union(values.map((value) => Type.Literal(value)));

// ---- names ---------------------------------------------------------------------------------------------------

export const RoomId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$", description: "Room id." });
export const UserId = Type.String({ pattern: "^[A-Za-z0-9._:@-]{1,64}$", description: "User id." });
export const ClientMsgId = Type.String({
  pattern: "^[\\x21-\\x7e]{1,64}$",
  description: "Chosen by the sender; a retry with the same one gets the first answer.",
});
const Seq = Type.Integer({ minimum: 0, description: "Place in the room: strictly increasing, not dense." });
const WallMs = Type.Number({ description: "Wall clock, ms since 1970." });

export const RoomParams = Type.Object({ id: Type.String({ description: "Room id." }) });

// ---- bodies --------------------------------------------------------------------------------------------------

export const LoginBody = closed({
  uid: UserId,
  name: Type.Optional(
    Type.String({ description: `Name that others see; ${NAME_MAX_GRAPHEMES} characters are kept.` }),
  ),
  role: Type.Optional(choice(ROLES)),
  key: Type.Optional(Type.String({ description: "Development key; needed for a role above viewer." })),
});

const OnBehalfOf = Type.Optional(
  closed(
    { uid: UserId, name: Type.String({ minLength: 1, description: "Name that others see." }) },
    { description: "The viewer that a service speaks for." },
  ),
);

/** Documents what `parsePublish` checks. */
export const DanmuBody = closed({
  room_id: RoomId,
  content: Type.String({ description: "The text; counted in graphemes." }),
  mode: Type.Optional(choice(MODES)),
  color: Type.Optional(
    Type.Union([
      Type.Integer({ minimum: 0, maximum: 0xffffff }),
      Type.String({ pattern: "^#[0-9a-fA-F]{6}$" }),
    ]),
  ),
  size: Type.Optional(Type.Integer({ minimum: SIZE_MIN, maximum: SIZE_MAX })),
  pts_ms: Type.Optional(
    Type.Number({ minimum: 0, maximum: PTS_MAX_MS, description: "Place in the video, ms." }),
  ),
  client_msg_id: Type.Optional(ClientMsgId),
  author: OnBehalfOf,
});

const Paid = {
  amount_micros: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "Millionths of the currency's unit.",
  }),
  currency: Type.String({ pattern: "^[A-Z]{3}$", description: "ISO 4217." }),
  client_msg_id: Type.Optional(ClientMsgId),
  author: OnBehalfOf,
};

export const SuperchatRequest = closed({
  room_id: RoomId,
  content: Type.String(),
  pin_ms: Type.Integer({
    minimum: 0,
    maximum: PIN_MAX_MS,
    description: "How long the card stays pinned, ms.",
  }),
  ...Paid,
});

export const GiftRequest = closed({
  room_id: RoomId,
  gift_id: Type.String({ pattern: "^[\\x21-\\x7e]{1,64}$" }),
  gift_name: Type.String({ minLength: 1 }),
  count: Type.Integer({ minimum: 1, maximum: GIFT_COUNT_MAX }),
  ...Paid,
});

export const LikeRequest = closed({
  room_id: RoomId,
  count: Type.Integer({ minimum: 1, maximum: LIKES_PER_FRAME_MAX }),
  client_msg_id: Type.Optional(ClientMsgId),
});

export const EnterRequest = closed({ room_id: RoomId });

export const CreateRoomBody = closed({ id: RoomId, title: Type.Optional(Type.String()) });

// ---- answers -------------------------------------------------------------------------------------------------

export const Login = closed({ token: Type.String(), expires_at: WallMs });

export const Published = Type.Union([
  closed({ id: Type.String(), room_id: Type.String(), seq: Seq }),
  closed({ id: Type.String(), room_id: Type.String(), held: Type.Literal(true) }),
]);

const roomFields = {
  id: Type.String(),
  title: Type.String(),
  owner: Type.String(),
  live: Type.Boolean(),
  closed: Type.Boolean(),
  slow_mode_s: Type.Integer({ minimum: 0 }),
  head: Seq,
  n: Type.Integer({ minimum: 0, description: "Records so far." }),
};
export const Room = closed(roomFields);
const viewers = Type.Integer({ minimum: 0, description: "Connections that are in the room now." });
export const RoomWithViewers = closed({ ...roomFields, viewers });
export const OneRoom = closed({
  ...roomFields,
  viewers,
  unique_viewers: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        "Different viewers who came within the last 24 hours, by whole hours of UTC: each user once, without a token " +
        "each address once. An estimate, off by about 1 %, a few seconds old. Only in a cluster; absent while it cannot be counted.",
    }),
  ),
});
export const RoomList = closed({ rooms: Type.Array(RoomWithViewers) });

/** A record has one of seven forms; docs/spec/protocol.md names their fields. */
export const Item = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    at: WallMs,
    author: Type.Object({ uid: Type.String(), name: Type.String(), role: Type.String() }),
    seq: Seq,
    n: Type.Integer({ minimum: 0 }),
  },
  { description: "A record of the room; its other fields depend on its kind." },
);

export const History = closed({
  items: Type.Array(Item),
  next: Type.Optional(Type.Integer({ description: "Pass as after for the next page; absent on the last." })),
});

export const Done = closed({ status: Type.Literal("ok") });
export const HeartbeatDone = closed({ status: Type.Literal("ok"), ts: WallMs });
export const Erased = closed({ erased: Type.Integer({ minimum: 0 }) });

export const HeldList = closed({
  held: Type.Array(
    closed({
      room: Type.String(),
      entry: Type.Object({ id: Type.String(), kind: Type.String() }),
      matched: Type.Array(Type.String(), { description: "Keywords that it was held for." }),
    }),
  ),
});

export const AuditList = closed({
  events: Type.Array(
    closed({
      at: WallMs,
      actor: Type.String(),
      action: Type.String(),
      room: Type.String(),
      target: Type.Optional(Type.String()),
      detail: Type.Optional(Type.String()),
    }),
  ),
});

export const Imported = closed({
  imported: Type.Integer({ minimum: 0, description: "Records that were new." }),
  repeated: Type.Integer({ minimum: 0, description: "Records that an earlier import had brought." }),
  skipped: Type.Record(Type.String(), Type.Integer(), { description: "Rows that were left out, by reason." }),
  adjusted: Type.Record(Type.String(), Type.Integer(), {
    description: "What was put right in rows, by reason.",
  }),
  places: Type.Array(
    closed({ row: Type.Integer(), line: Type.Optional(Type.Integer()), reason: Type.String() }),
    {
      description: "The first rows that were left out.",
    },
  ),
});

export const Refusal = Type.Object(
  {
    error: closed({
      code: Type.String(),
      message: Type.String(),
      retryable: Type.Boolean({ description: "May the same request succeed later?" }),
    }),
  },
  { description: "The one shape of every refusal; docs/reference/errors.md lists the codes." },
);

/** A route's answers: its own, and the refusal that every route may give. */
export const answers = (status: number, schema: TSchema): Record<string, TSchema> => ({
  [status]: schema,
  "4xx": Refusal,
  "5xx": Refusal,
});

export const TOKEN_NEEDED = [{ token: [] }];
