// The running hash by which a subject is found: made while its bytes are scanned, one step a byte.

/** One step is `hash = Math.imul(hash ^ byte, HASH_PRIME)` (FNV-1a, seeded so that nobody can aim
 *  collisions). */
export const HASH_PRIME = 0x01000193;

/** Where the hash of a subject in an account starts. `seed` is drawn once by each appliance. */
export function hashStart(seed: number, account: number): number {
  return Math.imul((account + 1) ^ seed, 0x9e3779b1) | 0;
}

/** The hash of bytes that were not hashed while scanning. */
export function hashBytes(start: number, buf: Uint8Array, from: number, to: number): number {
  let hash = start;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ buf[i]!, HASH_PRIME);
  return hash;
}
