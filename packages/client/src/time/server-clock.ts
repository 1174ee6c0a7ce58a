// Pings whose round trip is looked at (a count): at one in 25 s, the last three minutes.
const SAMPLES = 8;

/**
 * The server's wall clock, estimated: of the last samples, the one with the shortest round trip is nearest the truth.
 *
 * Units      ms; `offset` is server minus local wall clock.
 * Bounds     keeps eight samples; the error of the offset is at most half the best round trip.
 */
export class ServerClock {
  readonly #samples: { readonly rtt: number; readonly offset: number }[] = [];
  #coarse: number | undefined;

  /** A frame that carries the server's time, without a round trip: good until the first pong. */
  hint(serverWall: number, localWall: number): void {
    this.#coarse ??= serverWall - localWall;
  }

  sample(serverWall: number, localWall: number, rtt: number): void {
    if (!(rtt >= 0)) return;
    this.#samples.push({ rtt, offset: serverWall + rtt / 2 - localWall });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  get offset(): number {
    return this.#best()?.offset ?? this.#coarse ?? 0;
  }

  /** Of the latest ping; undefined before the first pong. */
  get rtt(): number | undefined {
    return this.#samples.at(-1)?.rtt;
  }

  #best(): { readonly rtt: number; readonly offset: number } | undefined {
    return this.#samples.reduce<{ readonly rtt: number; readonly offset: number } | undefined>(
      (best, sample) => (best === undefined || sample.rtt <= best.rtt ? sample : best),
      undefined,
    );
  }
}
