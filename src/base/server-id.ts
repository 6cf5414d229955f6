// A server id in the shape of nats-server's: a public server nkey, which nobody has the seed of.

import type { Random } from "./random.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LENGTH = 56;

/** "N" and 55 characters of base32: unique, and stable as long as the appliance runs. */
export function makeServerId(random: Random): string {
  let out = "N";
  while (out.length < LENGTH) out += BASE32[random.uint32() & 31];
  return out;
}
