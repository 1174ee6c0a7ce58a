/** `threads` that take part and `races` that are kept (counts). */
export interface ShadowSize {
  readonly elements: number;
  readonly threads: number;
  readonly races: number;
}

// Words before the parts: spin lock, elements, threads, races kept, races found.
const HEADER = 5;
const [LOCK, ELEMENTS, THREADS, KEPT, FOUND] = [0, 1, 2, 3, 4] as const;

// Words of one race: element, first thread, second thread, whether each wrote.
const RACE_WORDS = 5;

// Last plain write (thread, epoch), then per thread: last plain read, clock, last atomic read, last atomic write.
function perElementWords(threads: number): number {
  return 2 + 4 * threads;
}

export interface RawRace {
  readonly element: number;
  readonly threads: readonly [number, number];
  readonly wrote: readonly [boolean, boolean];
}

/**
 * What all threads know together of accesses to one shared array: per thread a vector clock, per element the last
 * write, the last read of each thread, and the clock that atomic operations pass on. Its words are changed only under
 * its own lock, because the threads truly run at once.
 */
export class Shadow {
  readonly words: Int32Array;
  private readonly elements: number;
  private readonly threads: number;

  static create({ elements, threads, races }: ShadowSize): SharedArrayBuffer {
    const perElement = perElementWords(threads);
    const words = HEADER + threads * threads + elements * perElement + races * RACE_WORDS;
    const memory = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
    const view = new Int32Array(memory);
    view[ELEMENTS] = elements;
    view[THREADS] = threads;
    view[KEPT] = races;
    for (let thread = 0; thread < threads; thread++) view[HEADER + thread * threads + thread] = 1;
    return memory;
  }

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.elements = this.at(ELEMENTS);
    this.threads = this.at(THREADS);
  }

  /** Runs a step that no other thread's step can fall into. The data access belongs inside of it. */
  locked<T>(step: () => T): T {
    while (Atomics.compareExchange(this.words, LOCK, 0, 1) !== 0) Atomics.wait(this.words, LOCK, 1, 1);
    try {
      return step();
    } finally {
      Atomics.store(this.words, LOCK, 0);
      Atomics.notify(this.words, LOCK, 1);
    }
  }

  knows(thread: number, other: number, epoch: number): boolean {
    return this.at(this.clock(thread) + other) >= epoch;
  }

  epoch(thread: number): number {
    return this.at(this.clock(thread) + thread);
  }

  tick(thread: number): void {
    this.put(this.clock(thread) + thread, this.epoch(thread) + 1);
  }

  clockOf(thread: number): number[] {
    const from = this.clock(thread);
    return [...this.words.subarray(from, from + this.threads)];
  }

  learn(thread: number, clock: readonly number[]): void {
    for (const [other, epoch] of clock.entries()) {
      const place = this.clock(thread) + other;
      if (epoch > this.at(place)) this.put(place, epoch);
    }
  }

  /** An atomic operation: what the thread knows goes into the element, and what is there into the thread. */
  synchronise(thread: number, element: number): void {
    const from = this.element(element) + 2 + this.threads;
    this.learn(thread, [...this.words.subarray(from, from + this.threads)]);
    for (const [other, epoch] of this.clockOf(thread).entries()) this.put(from + other, epoch);
    this.tick(thread);
  }

  lastWrite(element: number): { readonly thread: number; readonly epoch: number } | undefined {
    const from = this.element(element);
    const thread = this.at(from) - 1;
    return thread < 0 ? undefined : { thread, epoch: this.at(from + 1) };
  }

  noteWrite(thread: number, element: number): void {
    const from = this.element(element);
    this.put(from, thread + 1);
    this.put(from + 1, this.epoch(thread));
  }

  lastRead(thread: number, element: number): number {
    return this.at(this.element(element) + 2 + thread);
  }

  noteRead(thread: number, element: number): void {
    this.put(this.element(element) + 2 + thread, this.epoch(thread));
  }

  /** Epoch of the thread's last atomic operation on the element that read only, or that wrote. */
  lastAtomic(thread: number, element: number, wrote: boolean): number {
    return this.at(this.atomicPlace(thread, element, wrote));
  }

  noteAtomic(thread: number, element: number, wrote: boolean): void {
    this.put(this.atomicPlace(thread, element, wrote), this.epoch(thread));
  }

  private atomicPlace(thread: number, element: number, wrote: boolean): number {
    return this.element(element) + 2 + (wrote ? 3 : 2) * this.threads + thread;
  }

  get threadCount(): number {
    return this.threads;
  }

  add({ element, threads, wrote }: RawRace): void {
    const found = this.at(FOUND);
    this.put(FOUND, found + 1);
    if (found >= this.at(KEPT)) return;
    const from = this.raceAt(found);
    [element, threads[0], threads[1], Number(wrote[0]), Number(wrote[1])].forEach((word, n) =>
      this.put(from + n, word),
    );
  }

  races(): RawRace[] {
    return Array.from({ length: Math.min(this.at(FOUND), this.at(KEPT)) }, (_, index) => {
      const from = this.raceAt(index);
      return {
        element: this.at(from),
        threads: [this.at(from + 1), this.at(from + 2)],
        wrote: [this.at(from + 3) === 1, this.at(from + 4) === 1],
      };
    });
  }

  private raceAt(index: number): number {
    return this.element(this.elements) + index * RACE_WORDS;
  }

  private clock(thread: number): number {
    return HEADER + thread * this.threads;
  }

  private element(index: number): number {
    return HEADER + this.threads * this.threads + index * perElementWords(this.threads);
  }

  private at(place: number): number {
    return this.words[place] ?? 0;
  }

  private put(place: number, value: number): void {
    this.words[place] = value;
  }
}
