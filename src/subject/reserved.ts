// Subjects that belong to the servers, and who may use them. Sources: gateway.md §4.2, client-and-auth.md
// §1.3.

import { bytesOf } from "../base/bytes.ts";

const MAPPED = bytesOf("_GR_.");
const OLD_MAPPED = bytesOf("$GR.");
const SERVICE_REPLY = bytesOf("_R_.");
const JETSTREAM_ACK = bytesOf("$JS.ACK.");
const UNDERSCORE = 0x5f;
const DOLLAR = 0x24;

/** Bytes of `_GR_.<6>.<6>.`, and of `$GR.<4>.` as it was before 2.1.2. */
export const MAPPED_BYTES = 19;
const OLD_MAPPED_BYTES = 9;

function startsWith(buf: Uint8Array, from: number, to: number, prefix: Uint8Array): boolean {
  if (to - from < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (buf[from + i] !== prefix[i]) return false;
  return true;
}

/** @hot How many bytes of a mapped reply's prefix the subject begins with; 0 when it is not one. */
export function mappedPrefixBytes(buf: Uint8Array, from: number, to: number): number {
  const first = buf[from];
  if (first === UNDERSCORE) {
    return to - from > MAPPED_BYTES && startsWith(buf, from, to, MAPPED) ? MAPPED_BYTES : 0;
  }
  if (first === DOLLAR) {
    return to - from > OLD_MAPPED_BYTES && startsWith(buf, from, to, OLD_MAPPED) ? OLD_MAPPED_BYTES : 0;
  }
  return 0;
}

/** True when a client may not publish to it. */
export function forbiddenSubject(buf: Uint8Array, from: number, to: number): boolean {
  const first = buf[from];
  if (first !== UNDERSCORE && first !== DOLLAR) return false;
  return startsWith(buf, from, to, MAPPED) || startsWith(buf, from, to, OLD_MAPPED);
}

/** True when a client may not ask for answers there. */
export function forbiddenReply(buf: Uint8Array, from: number, to: number): boolean {
  const first = buf[from];
  if (first !== UNDERSCORE && first !== DOLLAR) return false;
  return (
    forbiddenSubject(buf, from, to) ||
    startsWith(buf, from, to, SERVICE_REPLY) ||
    startsWith(buf, from, to, JETSTREAM_ACK)
  );
}

/** True for answers to service imports: `_R_.`. */
export function isServiceReply(buf: Uint8Array, from: number, to: number): boolean {
  return startsWith(buf, from, to, SERVICE_REPLY);
}

const ACK_DOTS = 8;
const DOT = 0x2e;
const AT = 0x40;

/** Where the `@` stands in `$JS.ACK.….@subject`, or -1: the last hop hands out what is behind it. Source:
 *  gateway.md §7.7. */
export function ackSubjectAt(buf: Uint8Array, from: number, to: number): number {
  if (buf[from] !== DOLLAR || !startsWith(buf, from, to, JETSTREAM_ACK)) return -1;
  let dots = 0;
  for (let i = from; i < to; i++) {
    if (buf[i] === DOT) dots++;
    else if (buf[i] === AT && dots >= ACK_DOTS) return i;
  }
  return -1;
}

const LOOP = bytesOf("$LDS.");
const SYSTEM = bytesOf("$SYS.");
const JETSTREAM_OWN = ["$JS.API.", "$KV.", "$OBJ."].map(bytesOf);

/** True for the subjects by which servers find loops of leaf links: `$LDS.`. Source: leafnode.md §6. */
export function isLoopSubject(buf: Uint8Array, from: number, to: number): boolean {
  return buf[from] === DOLLAR && startsWith(buf, from, to, LOOP);
}

/** True for requests to servers: `$SYS.`. */
export function isSystemSubject(buf: Uint8Array, from: number, to: number): boolean {
  return buf[from] === DOLLAR && startsWith(buf, from, to, SYSTEM);
}

/** True for what servers must hear of each other whatever permissions say: marks of loops, mapped replies,
 *  answers to imported requests. */
export function isServersOwn(buf: Uint8Array, from: number, to: number): boolean {
  return isLoopSubject(buf, from, to) || isMappedSpace(buf, from, to) || isServiceReply(buf, from, to);
}

/** True for what belongs to the JetStream of one side of a leaf link. Source: leafnode.md §14. */
export function isJetStreamOwn(buf: Uint8Array, from: number, to: number): boolean {
  return buf[from] === DOLLAR && JETSTREAM_OWN.some((prefix) => startsWith(buf, from, to, prefix));
}

/** True for acknowledgements: `$JS.ACK.`. */
export function isJetStreamAck(buf: Uint8Array, from: number, to: number): boolean {
  return buf[from] === DOLLAR && startsWith(buf, from, to, JETSTREAM_ACK);
}

/** True for interest in mapped replies and for such replies, old and new: no prefix with hashes is asked
 *  for. */
export function isMappedSpace(buf: Uint8Array, from: number, to: number): boolean {
  return startsWith(buf, from, to, MAPPED) || startsWith(buf, from, to, OLD_MAPPED);
}
