import { login } from "@barrage/client";
import { BarrageError, isUserId } from "@barrage/protocol";
import type { Role } from "@barrage/protocol";
import { Store } from "../parts/store.ts";
import { readStored, writeStored } from "../settings/stored.ts";

const UID_KEY = "barrage.uid";
const NAME_KEY = "barrage.name";
/** Kept for the tab only: a shared computer should not stay a moderator. */
const POWER_KEY = "barrage.power";

/** How a viewer may get a token here. */
export type SignIn = "by-name" | "elsewhere";

export interface Viewer {
  readonly name: string;
  readonly token: string | undefined;
  readonly signIn: SignIn;
}

interface Power {
  readonly role: Role;
  readonly key: string;
}

const session = (): Storage => sessionStorage;

function ownUid(): string {
  const kept = readStored(UID_KEY);
  if (isUserId(kept)) return kept;
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const uid = `u-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  writeStored(UID_KEY, uid);
  return uid;
}

/**
 * One value of the address, out of the fragment or the query. It is taken out of the address bar, so that nobody
 * shares it with the link; the fragment is better, because it is never sent to a server.
 */
function takeFromAddress(name: string): string | undefined {
  const address = new URL(location.href);
  const fragment = new URLSearchParams(address.hash.slice(1));
  const value = fragment.get(name) ?? address.searchParams.get(name);
  if (value === null) return undefined;
  fragment.delete(name);
  address.hash = fragment.toString();
  address.searchParams.delete(name);
  history.replaceState(null, "", address);
  return value;
}

function takePower(): Power | undefined {
  const key = takeFromAddress("key");
  const role = takeFromAddress("role") === "host" ? "host" : "moderator";
  if (key !== undefined) writeStored(POWER_KEY, JSON.stringify({ role, key }), session);
  return parsePower(readStored(POWER_KEY, session));
}

/** What was kept; undefined when it is not what this page writes. */
function parsePower(text: string | null): Power | undefined {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "null");
  } catch {
    // Cut off, or another program's.
    return undefined;
  }
  if (typeof kept !== "object" || kept === null || !("role" in kept) || !("key" in kept)) return undefined;
  const { role, key } = kept;
  if ((role !== "host" && role !== "moderator") || typeof key !== "string") return undefined;
  return { role, key };
}

/**
 * Who looks at the page, and their token.
 *
 * Shape      a token of the address (`#token=`) or a message of this origin comes first; else a name is asked for,
 *            and the development login gives the token. Where that is off, viewers sign in elsewhere.
 */
export class Identity {
  readonly viewer: Store<Viewer>;
  readonly uid = ownUid();
  readonly #power = takePower();
  readonly #server: string;

  constructor(server: string) {
    this.#server = server;
    const token = takeFromAddress("token");
    const signIn = token === undefined ? "by-name" : "elsewhere";
    this.viewer = new Store<Viewer>({ name: readStored(NAME_KEY) ?? "", token, signIn });
    addEventListener("message", (event: MessageEvent<unknown>) => {
      const given = tokenOf(event);
      if (given !== undefined) this.viewer.set({ ...this.viewer.value, token: given, signIn: "elsewhere" });
    });
  }

  /** A link with a key names no one yet: the role is taken as the name until one is chosen. */
  get wantsLogin(): boolean {
    const { name, token } = this.viewer.value;
    return token === undefined && (name !== "" || this.#power !== undefined);
  }

  /** Gets a token for this name. Errors: the server's, as `login`. */
  async join(name: string): Promise<void> {
    const power = this.#power;
    const shown = name === "" ? (power?.role ?? "") : name;
    try {
      const { token } = await login(this.#server, { uid: this.uid, name: shown, ...power });
      writeStored(NAME_KEY, shown);
      this.viewer.set({ name: shown, token, signIn: "by-name" });
    } catch (error) {
      if (BarrageError.is(error) && error.code === "BARRAGE_DEV_LOGIN_OFF") {
        this.viewer.set({ name: "", token: undefined, signIn: "elsewhere" });
      }
      throw error;
    }
  }

  /** For the SDK, when a token has expired. A token from elsewhere cannot be renewed here: it comes as a message. */
  async renew(): Promise<string> {
    const { signIn, name } = this.viewer.value;
    if (signIn === "by-name") await this.join(name);
    const { token } = this.viewer.value;
    if (signIn === "elsewhere" || token === undefined)
      throw new TypeError("the site that signed in must send a token");
    return token;
  }

  leave(): void {
    this.viewer.set({ ...this.viewer.value, token: undefined });
  }
}

/** The token in a message of the page around this one; messages of another origin are not looked at. */
function tokenOf(event: MessageEvent<unknown>): string | undefined {
  const { data, origin } = event;
  if (origin !== location.origin || typeof data !== "object" || data === null) return undefined;
  const { type, token } = data as { readonly type?: unknown; readonly token?: unknown };
  return type === "barrage.token" && typeof token === "string" ? token : undefined;
}
