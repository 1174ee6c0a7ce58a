import type { Context } from "@barrage/kernel";
import { logIn } from "../api/access.ts";
import { exchange, must } from "../api/exchange.ts";

export const DEMO_ROOM = "demo";
const TITLE = "Barrage demo · 弹幕演示";
const HOST = { uid: "demo-host", name: "主播 Lin", role: "host" } as const;
const SERVICE = { uid: "demo-shop", name: "demo shop", role: "service" } as const;

/** What the crowd needs to know of the server: its address and the development key. */
export interface DemoServer {
  readonly base: URL;
  readonly key: string;
}

/** The demo's host: makes the room once and keeps it live. */
export class DemoHost {
  readonly #base: URL;
  readonly #token: string;

  private constructor(base: URL, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** Errors: CLI_SERVER_REFUSED, CLI_SERVER_UNREACHABLE. */
  static async start({ base, key }: DemoServer, ctx: Context): Promise<DemoHost> {
    const host = new DemoHost(base, await logIn(base, { ...HOST, key }, ctx));
    const body = { id: DEMO_ROOM, title: TITLE };
    const made = await exchange(
      base,
      { method: "POST", path: "/api/v1/rooms", token: host.#token, body },
      ctx,
    );
    // The room of an earlier start is still there: that is what a data folder is for.
    if (made.status === "refused" && made.code !== "BARRAGE_ROOM_EXISTS") {
      await must(base, { method: "POST", path: "/api/v1/rooms", token: host.#token, body }, ctx);
    }
    await host.heartbeat(ctx);
    return host;
  }

  /** Tells the server that the stream goes on; false when it did not hear. */
  async heartbeat(ctx: Context): Promise<boolean> {
    const path = `/api/room/${DEMO_ROOM}/heartbeat`;
    const answer = await exchange(this.#base, { method: "POST", path, token: this.#token }, ctx);
    return answer.status === "done";
  }
}

/** The till: paid records, which only a service may send. */
export class DemoShop {
  readonly #base: URL;
  readonly #token: string;

  private constructor(base: URL, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** Errors: CLI_SERVER_REFUSED, CLI_SERVER_UNREACHABLE. */
  static async start({ base, key }: DemoServer, ctx: Context): Promise<DemoShop> {
    return new DemoShop(base, await logIn(base, { ...SERVICE, key }, ctx));
  }

  /** `what` is `gift` or `superchat`; false when the server did not take it. */
  async sell(what: "gift" | "superchat", body: object, ctx: Context): Promise<boolean> {
    const path = `/api/v1/${what}`;
    const request = {
      method: "POST",
      path,
      token: this.#token,
      body: { room_id: DEMO_ROOM, ...body },
    } as const;
    return (await exchange(this.#base, request, ctx)).status === "done";
  }
}
