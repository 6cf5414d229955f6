// Ed25519 keys in NATS's spelling: base32 of a prefix, the key and a checksum. Source: client-and-auth.md
// §3.

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { ApplianceError } from "../base/errors.ts";

/** What is wrong with a key; never says the key itself. */
export class NkeyError extends ApplianceError {
  readonly code = "nkey";
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** First bytes of public keys that sign: operator, account, user, server, cluster. Curve keys do not. */
const USER = 20 << 3;
const SIGNING_KINDS: readonly number[] = [14 << 3, 0, USER, 13 << 3, 2 << 3];
const SEED = 18 << 3;

/** Who a public key may stand for in a JWT. */
const OWNERS = { operator: 14 << 3, account: 0, user: USER, curve: 23 << 3 } as const;
export type KeyOwner = keyof typeof OWNERS;

const CHECKSUM_BYTES = 2;
const PUBLIC_LENGTH = 56;
const SEED_LENGTH = 58;

/** What stands before 32 bytes of key in DER: PKCS #8 for a seed, SPKI for a public key (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

/** `U…`, with a right checksum. */
export function isPublicUserKey(text: string): boolean {
  return isPublicKey(text, "user");
}

/** `O…`, `A…`, `U…` or `X…`, as the owner has it, with a right checksum. */
export function isPublicKey(text: string, owner: KeyOwner): boolean {
  if (text.length !== PUBLIC_LENGTH) return false;
  const raw = checked(text);
  return typeof raw !== "string" && raw[0] === OWNERS[owner];
}

/** `SU…`, `SA…`, `SO…` and the other kinds that sign, with a right checksum. */
export function isSeed(text: string): boolean {
  return typeof decodedSeed(text) === "object";
}

/** The public key of the same kind. Throws NkeyError when `seed` is none. */
export function publicKeyOf(seed: string): string {
  const { kind, key } = seedOrThrow(seed);
  const der = createPublicKey(privateKey(key)).export({ format: "der", type: "spki" });
  return encoded(Buffer.concat([Buffer.of(kind), der.subarray(SPKI.length)]));
}

/** The signature over the bytes of `nonce`, in base64url without padding. Throws NkeyError when `seed` is
 *  none. */
export function signNonce(seed: string, nonce: string): string {
  return sign(null, Buffer.from(nonce), privateKey(seedOrThrow(seed).key)).toString("base64url");
}

/** 64 bytes in base64url or base64, padded or not. */
const SIGNATURE = /^[A-Za-z0-9_+/-]{86}(?:==)?$/;

/** Did whoever has the seed of this public key sign the bytes of `nonce`? Never throws. */
export function verifyNonce(publicKey: string, nonce: string, signature: string): boolean {
  // Buffer reads both alphabets.
  return SIGNATURE.test(signature) && isSignedBy(publicKey, nonce, Buffer.from(signature, "base64"));
}

/** Did whoever has the seed of this public key sign the bytes of `text`? Never throws. */
export function isSignedBy(publicKey: string, text: string, signature: Uint8Array): boolean {
  const decoded = decodedPublic(publicKey);
  if (decoded === null) return false;
  try {
    const der = Buffer.concat([SPKI, decoded.key]);
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return verify(null, Buffer.from(text), key, signature);
  } catch {
    return false; // 32 bytes need not be a point of the curve.
  }
}

interface Decoded {
  /** The first byte of the public key. */
  readonly kind: number;
  readonly key: Buffer;
}

function decodedPublic(text: string): Decoded | null {
  if (text.length !== PUBLIC_LENGTH) return null;
  const raw = checked(text);
  if (typeof raw === "string") return null;
  const kind = raw[0]!;
  return SIGNING_KINDS.includes(kind) ? { kind, key: raw.subarray(1) } : null;
}

/** The key, or what is wrong with it. */
function decodedSeed(text: string): Decoded | string {
  if (text.length !== SEED_LENGTH) return `it has ${text.length} characters instead of ${SEED_LENGTH}`;
  const raw = checked(text);
  if (typeof raw === "string") return raw;
  if ((raw[0]! & 0xf8) !== SEED) return "it does not begin with S";
  const kind = ((raw[0]! & 7) << 5) | (raw[1]! >> 3);
  if (!SIGNING_KINDS.includes(kind)) return "it is of a kind that cannot sign";
  return { kind, key: raw.subarray(2) };
}

function seedOrThrow(text: string): Decoded {
  const decoded = decodedSeed(text);
  if (typeof decoded === "string") throw new NkeyError(`not an nkey seed: ${decoded}`);
  return decoded;
}

function privateKey(key: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, key]), format: "der", type: "pkcs8" });
}

/** The bytes before the checksum, or what is wrong. */
function checked(text: string): Buffer | string {
  const raw = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let pending = 0;
  let at = 0;
  for (const char of text) {
    const value = ALPHABET.indexOf(char);
    if (value < 0) return "it holds a character that is not of base32 (A to Z, 2 to 7)";
    pending = ((pending << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    raw[at++] = pending >> bits;
  }
  const body = raw.subarray(0, raw.length - CHECKSUM_BYTES);
  if (crc16(body) !== raw.readUInt16LE(body.length)) return "its checksum is wrong";
  return body;
}

function encoded(body: Buffer): string {
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt16LE(crc16(body));
  let out = "";
  let bits = 0;
  let pending = 0;
  for (const byte of Buffer.concat([body, checksum])) {
    pending = ((pending << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) out += ALPHABET[(pending >> (bits - 5)) & 31];
  }
  return bits === 0 ? out : out + ALPHABET[(pending << (5 - bits)) & 31];
}

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++)
      crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc;
}
