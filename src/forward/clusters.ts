// Which cluster a mapped subject names, by the hash of the cluster's name in it. Source: gateway.md §4.2,
// §4.6.

import { rangeEquals, textOf } from "../base/bytes.ts";
import { hash4, hash6 } from "../base/hash6.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import { MAPPED_BYTES, mappedPrefixBytes } from "../subject/reserved.ts";

/** Behind `_GR_.`, and behind `$GR.` as it was before 2.1.2. */
const NEW = { from: 5, bytes: 6, hash: hash6 } as const;
const OLD = { from: 4, bytes: 4, hash: hash4 } as const;

const formOf = (prefixBytes: number) => (prefixBytes === MAPPED_BYTES ? NEW : OLD);

/** The dialled gateway whose cluster's hash stands in buf[from, to). */
export function clusterOf(
  outbounds: readonly GatewayOutbound[],
  buf: Uint8Array,
  from: number,
  to: number,
): GatewayOutbound | undefined {
  const { from: at, bytes, hash } = formOf(mappedPrefixBytes(buf, from, to));
  const wanted = textOf(buf, from + at, from + at + bytes);
  return outbounds.find(({ gateway }) => hash(gateway) === wanted);
}

/** Does the mapped subject at buf[from] name the cluster of this prefix? */
export function isOfCluster(prefix: Uint8Array, buf: Uint8Array, from: number, prefixBytes: number): boolean {
  const { from: at, bytes } = formOf(prefixBytes);
  return rangeEquals(buf, from + at, from + at + bytes, prefix.subarray(at, at + bytes));
}
