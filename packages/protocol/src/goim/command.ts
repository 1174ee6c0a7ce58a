import type { DanmakuEntry, Item, Mode, RoomEvent } from "../danmaku.ts";

/**
 * A record as the command of Bilibili's live rooms that says the same; published clients turn it into their typed
 * events. Every command carries `barrage: { id, seq, n }`, by which a program can judge order and find a record again.
 *
 * Source     field places: bilibili-live-ws, tiny-bilibili-ws, blive-message-listener (MIT), as their parsers read them
 */
export interface GoimCommand {
  readonly cmd: string;
  readonly barrage: { readonly id: string; readonly seq: number; readonly n: number };
  readonly [field: string]: unknown;
}

const MODE_NUMBER: Readonly<Record<Mode, number>> = { scroll: 1, bottom: 4, top: 5, reverse: 6 };
const MICROS = 1_000_000;
const ADMIN = new Set<string>(["moderator", "host"]);

/** The command for a record of `room`. */
export function goimCommand(item: Item, room: string): GoimCommand {
  const { id, seq, n } = item;
  return { ...saidOf(item, room), barrage: { id, seq, n } };
}

interface Said {
  readonly cmd: string;
  readonly [field: string]: unknown;
}

function saidOf(item: Item, room: string): Said {
  const user = { uid: goimUid(item.author.uid), uname: item.author.name };
  const seconds = Math.floor(item.at / 1_000);
  switch (item.kind) {
    case "danmaku":
      return { cmd: "DANMU_MSG", info: danmuInfo(item) };
    case "superchat":
      return { cmd: "SUPER_CHAT_MESSAGE", data: superChat(item) };
    case "gift":
      return { cmd: "SEND_GIFT", data: gift(item) };
    case "like":
      return {
        cmd: "LIKE_INFO_V3_CLICK",
        data: { ...user, like_text: "为主播点赞了", click_count: item.count },
      };
    case "enter":
      return {
        cmd: "INTERACT_WORD",
        data: {
          ...user,
          msg_type: 1,
          roomid: goimRoom(room),
          timestamp: seconds,
          trigger_time: item.at * 1e6,
        },
      };
    case "recall":
      return "id" in item.target
        ? { cmd: "RECALL_DANMU_MSG", data: { recall_type: 1, target_id: item.target.id } }
        : { cmd: "RECALL_DANMU_MSG", data: { recall_type: 2, target_id: goimUid(item.target.uid) } };
    case "room-event":
      return roomEvent(item.event, room, seconds);
  }
}

/** Positions as the clients read them; the ones that Barrage has nothing for are what an ordinary viewer's has. */
function danmuInfo(item: DanmakuEntry): readonly unknown[] {
  const { author, content, color, size, at } = item;
  const uid = goimUid(author.uid);
  const mode = MODE_NUMBER[item.mode];
  const extra = JSON.stringify({
    content,
    mode: 0,
    color,
    font_size: size,
    dm_type: 0,
    id_str: item.id,
    emots: null,
  });
  const hash = goimHash(author.uid).toString(16);
  return [
    [
      0,
      mode,
      size,
      color,
      at,
      0,
      0,
      hash,
      0,
      0,
      0,
      "",
      0,
      "{}",
      "{}",
      { extra, mode: 0, show_player_type: 0 },
    ],
    content,
    [uid, author.name, ADMIN.has(author.role) ? 1 : 0, 0, 0, 10_000, 1, ""],
    [],
    [0, 0, 9_868_950, ">50000", 0],
    ["", ""],
    0,
    0,
    null,
    { ts: Math.floor(at / 1_000), ct: hash },
  ];
}

function superChat(item: Extract<Item, { kind: "superchat" }>): Readonly<Record<string, unknown>> {
  const start = Math.floor(item.at / 1_000);
  const seconds = Math.round(item.pin_ms / 1_000);
  return {
    id: item.seq,
    uid: goimUid(item.author.uid),
    user_info: { uname: item.author.name, face: "", guard_level: 0, manager: 0, user_level: 0 },
    medal_info: null,
    message: item.content,
    price: item.amount_micros / MICROS,
    currency: item.currency,
    background_color: "#EDF5FF",
    background_price_color: "#7497CD",
    background_bottom_color: "#2A60B2",
    time: seconds,
    start_time: start,
    end_time: start + seconds,
    ts: start,
  };
}

/** Prices are in thousandths of the currency's unit, as gold coins are of a yuan. */
function gift(item: Extract<Item, { kind: "gift" }>): Readonly<Record<string, unknown>> {
  const coins = item.amount_micros / 1_000;
  return {
    giftId: /^\d{1,15}$/.test(item.gift_id) ? Number(item.gift_id) : goimHash(item.gift_id),
    giftName: item.gift_name,
    num: item.count,
    price: item.count > 0 ? coins / item.count : coins,
    total_coin: coins,
    currency: item.currency,
    coin_type: "gold",
    action: "投喂",
    uid: goimUid(item.author.uid),
    uname: item.author.name,
    face: "",
    guard_level: 0,
    medal_info: null,
    timestamp: Math.floor(item.at / 1_000),
    tid: String(item.seq),
    rnd: String(item.seq),
  };
}

function roomEvent(event: RoomEvent, room: string, seconds: number): Said {
  const roomid = goimRoom(room);
  switch (event.type) {
    case "live":
      return { cmd: "LIVE", roomid, live_platform: "pc", live_time: seconds };
    case "offline":
      return { cmd: "PREPARING", roomid: String(roomid) };
    case "title":
      return {
        cmd: "ROOM_CHANGE",
        data: { title: event.title, area_id: 0, area_name: "", parent_area_id: 0, parent_area_name: "" },
      };
    case "mute":
    case "ban":
      // The name of somebody else's uid is not in the record.
      return {
        cmd: "ROOM_BLOCK_MSG",
        uid: goimUid(event.uid),
        uname: event.uid,
        data: { uid: goimUid(event.uid), uname: event.uid, operator: 1, dmscore: 0 },
      };
    case "closed":
      return { cmd: "CUT_OFF", roomid, msg: "room closed" };
    case "created":
    case "slow_mode":
    case "unmute":
    case "unban":
    case "policies":
      // The clients' world has no command for these; what they do not know they pass on as it is.
      return { cmd: "BARRAGE_ROOM_EVENT", data: event };
  }
}

/** Rooms with numeric ids are numbers there. */
const goimRoom = (room: string): number | string => (/^\d{1,15}$/.test(room) ? Number(room) : room);

/**
 * A user id as the number that it is there: the same number if it is one, otherwise a hash of it from 2^52 to 2^53,
 * where nobody's own number is.
 */
export function goimUid(uid: string): number {
  return /^\d{1,15}$/.test(uid)
    ? Number(uid)
    : 2 ** 52 + goimHash(uid) * 2 ** 20 + (goimHash(`${uid}#`) % 2 ** 20);
}

/** FNV-1a, 32 bits. */
function goimHash(text: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x0100_0193) >>> 0;
  }
  return hash;
}
