import { decodeServerFrame } from "@barrage/protocol";
import type { ServerFrame } from "@barrage/protocol";
import { barrageV1 } from "@barrage/engine";
import type { Transport } from "@barrage/engine";
import type { LiveEngine } from "../support/live-engine.ts";

/** A socket that keeps the very buffers that were written to it. */
class ByteSocket implements Transport {
  readonly frames: Uint8Array[] = [];
  readonly bufferedBytes = 0;
  readonly isFlushed = true;

  write(frame: Uint8Array): boolean {
    this.frames.push(frame);
    return true;
  }

  whenTaken(listener: { taken(): void }): void {
    listener.taken();
  }

  close(): void {
    // Nobody reads what it says at the end.
  }

  cut(): void {
    // As above.
  }

  get decoded(): (ServerFrame | undefined)[] {
    return this.frames.map((frame) => decodeServerFrame(payloadOf(frame)));
  }

  /** Those of batches. */
  get batches(): Uint8Array[] {
    return this.frames.filter((frame) => decodeServerFrame(payloadOf(frame))?.type === "batch");
  }

  texts(): string[] {
    return this.decoded.flatMap((frame) =>
      frame?.type === "batch"
        ? frame.items.flatMap((item) => (item.kind === "danmaku" ? [item.content] : []))
        : [],
    );
  }
}

const payloadOf = (frame: Uint8Array): Uint8Array => {
  const short = frame[1] ?? 0;
  return frame.subarray(short < 126 ? 2 : short === 126 ? 4 : 10);
};

/** Viewers of `barrage.v1`. */
export function barrageFrames({ engine }: LiveEngine, room: string, count: number): ByteSocket[] {
  return Array.from({ length: count }, () => {
    const transport = new ByteSocket();
    engine.gateway.connect({ room, principal: null, address: "192.0.2.1", transport, encoding: barrageV1 });
    return transport;
  });
}
