// Blocks of addresses that a user may come from. Source: client-and-auth.md §4.2.

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const MAPPED_BITS = 96;

export interface Block {
  readonly address: Uint8Array;
  readonly bits: number;
}

/** "10.0.0.0/8" or "2001:db8::/32"; null when it is none. */
export function parseBlock(text: string): Block | null {
  const [, ip = "", digits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseIp(ip);
  if (address === null) return null;
  // Bits of an IPv4 address that is written as an IPv6 one are counted from the front of that.
  const isMapped = ip.includes(":") && address.length === IPV4_BYTES;
  const bits = isMapped ? Math.max(0, Number(digits) - MAPPED_BITS) : Number(digits);
  return bits > address.length * 8 ? null : { address, bits };
}

/** Is the address in the block? An address of one family is in no block of the other; an IPv4 address that is
 *  written as an IPv6 one is what it stands for. */
export function isInBlock(block: Block, ip: Uint8Array): boolean {
  const { address, bits } = block;
  if (address.length !== ip.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== ip[i]) return false;
  const mask = 0xff00 >> (bits & 7);
  return (bits & 7) === 0 || ((address[whole]! ^ ip[whole]!) & mask & 0xff) === 0;
}

/** Four or sixteen bytes; null when the text is no address. Zones of IPv6 are left out. */
export function parseIp(text: string): Uint8Array | null {
  if (!text.includes(":")) return parseIpv4(text);
  const bytes = parseIpv6(text.replace(/%.*$/s, ""));
  if (bytes === null) return null;
  const isMapped =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(IPV6_BYTES - IPV4_BYTES) : bytes;
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  // A leading zero would be octal to some and decimal to others.
  const isRight = parts.length === IPV4_BYTES && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part));
  if (!isRight || parts.some((part) => Number(part) > 255)) return null;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | null {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return null;
  const before = groups(head, tail === undefined);
  const after = groups(tail ?? "", true);
  if (before === null || after === null) return null;
  const missing = IPV6_BYTES - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...before, ...new Array<number>(missing).fill(0), ...after]);
}

/** Bytes of groups between colons; the last of an address may be an IPv4 address. */
function groups(text: string, isEnd: boolean): number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const bytes: number[] = [];
  for (const [i, part] of parts.entries()) {
    const ipv4 = isEnd && i === parts.length - 1 && part.includes(".") ? parseIpv4(part) : null;
    if (ipv4 !== null) bytes.push(...ipv4);
    else if (/^[\da-fA-F]{1,4}$/.test(part)) {
      const value = Number.parseInt(part, 16);
      bytes.push(value >> 8, value & 255);
    } else return null;
  }
  return bytes.length > IPV6_BYTES ? null : bytes;
}
