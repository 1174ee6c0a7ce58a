// Slots of a fresh ring (a count): one cache line of pointers. It doubles when full, so a large capacity costs
// memory only when it is used.
const FIRST_SLOTS = 8;

/** A growing first-in first-out buffer; slots are cleared when taken, so it keeps nothing alive. */
export class Ring<T> {
  length = 0;
  private slots: Array<T | undefined> = [];
  private head = 0;

  push(value: T): void {
    if (this.length === this.slots.length) this.grow();
    this.slots[(this.head + this.length) & (this.slots.length - 1)] = value;
    this.length += 1;
  }

  /** The oldest value. Call only when `length` is above zero. */
  shift(): T {
    const value = this.slots[this.head] as T;
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & (this.slots.length - 1);
    this.length -= 1;
    return value;
  }

  private grow(): void {
    const size = Math.max(FIRST_SLOTS, this.slots.length * 2);
    const slots = Array.from<T | undefined>({ length: size });
    for (let i = 0; i < this.length; i++) {
      slots[i] = this.slots[(this.head + i) & (this.slots.length - 1)];
    }
    this.slots = slots;
    this.head = 0;
  }
}
