/** 16-bit groups of half an IPv6 address: what an access provider gives to one customer. */
const GROUPS_OF_64 = 4;

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Whom an address stands for: an IPv4 address for itself, an IPv6 address for its /64, because one customer has all of
 * that and could take another address of it for every connection.
 */
export function addressBlock(address: string): string {
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [bare = ""] = address.split("%", 1);
  const [head = "", tail] = bare.split("::", 2);
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? [] : tail.split(":");
    // An IPv4 address at the end stands for two groups.
    const given = groups.length + after.length + (tail.includes(".") ? 1 : 0);
    groups.push(...Array.from({ length: Math.max(0, 8 - given) }, () => "0"), ...after);
  }
  const network = groups.slice(0, GROUPS_OF_64).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
