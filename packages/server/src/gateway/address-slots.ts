/** Connections that each client address holds. */
export class AddressSlots {
  private readonly limit: number;
  private readonly held = new Map<string, number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes a slot; false when the address has all of its own. */
  take(address: string): boolean {
    const held = this.held.get(address) ?? 0;
    if (held >= this.limit) return false;
    this.held.set(address, held + 1);
    return true;
  }

  release(address: string): void {
    const held = this.held.get(address) ?? 0;
    if (held <= 1) this.held.delete(address);
    else this.held.set(address, held - 1);
  }
}
