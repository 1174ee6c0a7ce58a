import { addressBlock } from "./address-block.ts";

/** Connections that each client address holds; of IPv6, each /64. */
export class AddressSlots {
  private readonly limit: number;
  private readonly held = new Map<string, number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes a slot; false when the address has all of its own. */
  take(address: string): boolean {
    const block = addressBlock(address);
    const held = this.held.get(block) ?? 0;
    if (held >= this.limit) return false;
    this.held.set(block, held + 1);
    return true;
  }

  release(address: string): void {
    const block = addressBlock(address);
    const held = this.held.get(block) ?? 0;
    if (held <= 1) this.held.delete(block);
    else this.held.set(block, held - 1);
  }
}
