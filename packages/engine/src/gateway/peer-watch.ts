import { CLOSE } from "@barrage/protocol";
import type { EngineSettings } from "../settings.ts";
import { FRAMES_PER_SECOND } from "./frame-allowance.ts";
import type { FrameAllowance } from "./frame-allowance.ts";

/** Why a connection has to end for what its peer does or leaves undone: the close frame that says so. */
export interface Fault {
  readonly code: number;
  readonly reason: string;
}

const IDLE: Fault = { code: CLOSE.IDLE.code, reason: "idle" };
const SLOW: Fault = { code: CLOSE.SLOW_CONSUMER.code, reason: "slow consumer" };
const FLOOD: Fault = { code: CLOSE.BAD_FRAME.code, reason: "too many frames" };

/** What the watch over a connection's peer needs of the gateway. */
export interface WatchHost {
  readonly settings: Pick<EngineSettings, "idleMs" | "outbound">;
  readonly frameAllowance: FrameAllowance;
  /** Monotonic, ms. */
  now(): number;
}

/**
 * The peer of one connection, as far as it may do wrong: say nothing, say too much, or take too little.
 *
 * Shape      without a timer: it is looked at with all the others, and told of what happens between two looks.
 */
export class PeerWatch {
  private readonly host: WatchHost;
  private heardAt: number;
  private framesSinceLook = 0;
  /** Since when its socket holds more than it should; undefined while it does not. */
  private behindSince: number | undefined;
  /** What had been sent at a ping, and when; kept until a ping tells that it has come. */
  private mark = 0;
  private markedAt = 0;

  constructor(host: WatchHost) {
    this.host = host;
    this.heardAt = host.now();
  }

  /** It said something. */
  heard(): Fault | undefined {
    this.heardAt = this.host.now();
    return this.counted();
  }

  /** A frame that counts, and is no word of the viewer's. */
  counted(): Fault | undefined {
    this.framesSinceLook += 1;
    if (this.framesSinceLook <= FRAMES_PER_SECOND) return undefined;
    const { host } = this;
    return this.framesSinceLook > host.frameAllowance.at(host.now()) ? FLOOD : undefined;
  }

  /**
   * It has everything up to `seq`, and was sent everything up to `sent`: what the kernel's buffers hold looks sent, and
   * only this tells. Called after `heard`.
   */
  has(seq: number, sent: number): Fault | undefined {
    if (seq < this.mark)
      return this.heardAt - this.markedAt > this.host.settings.outbound.graceMs ? SLOW : undefined;
    this.mark = sent;
    this.markedAt = this.heardAt;
    return undefined;
  }

  /** It took what waited. */
  keepsUp(): void {
    this.behindSince = undefined;
  }

  /** Called about once a second. */
  look(now: number, isBehind: boolean): Fault | undefined {
    const { idleMs, outbound } = this.host.settings;
    this.framesSinceLook = 0;
    if (now - this.heardAt > idleMs) return IDLE;
    if (!isBehind) this.behindSince = undefined;
    else if (this.behindSince === undefined) this.behindSince = now;
    else if (now - this.behindSince > outbound.graceMs) return SLOW;
    return undefined;
  }
}
