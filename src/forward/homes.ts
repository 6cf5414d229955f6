// Whose a mapped reply is: this cluster's, or that of a cluster whose gateway is dialled; and what is put
// before replies that leave, so that answers find their way. Source: gateway.md §4.2, §4.6.

import { bytesOf, rangeEquals, textOf } from "../base/bytes.ts";
import { hash4, hash6 } from "../base/hash6.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import { MAPPED_BYTES, mappedPrefixBytes } from "../subject/reserved.ts";

/** `_GR_.` and the cluster's hash; `$GR.` and a shorter one before 2.1.2. */
const NEW = { from: 5, length: 6 } as const;
const OLD = { from: 4, length: 4 } as const;

export class Homes {
  /** `_GR_.<our cluster>.<our server>.` and the form before 2.1.2. */
  readonly #prefix: Uint8Array;
  readonly #oldPrefix: Uint8Array;

  constructor(
    cluster: string,
    serverId: string,
    private readonly outbounds: () => readonly GatewayOutbound[],
  ) {
    this.#prefix = bytesOf(`_GR_.${hash6(cluster)}.${hash6(serverId)}.`);
    this.#oldPrefix = bytesOf(`$GR.${hash4(cluster)}.`);
  }

  /** What goes before a reply that leaves by this gateway. */
  prefixFor(session: GatewayOutbound): Uint8Array {
    return session.newReplyPrefix ? this.#prefix : this.#oldPrefix;
  }

  /** Does the mapped subject name this cluster? */
  isHome(buf: Uint8Array, from: number, prefixBytes: number): boolean {
    const isNew = prefixBytes === MAPPED_BYTES;
    const own = isNew ? this.#prefix : this.#oldPrefix;
    const { from: first, length } = isNew ? NEW : OLD;
    return rangeEquals(buf, from + first, from + first + length, own.subarray(first, first + length));
  }

  /** The dialled gateway whose cluster's hash stands in a mapped subject. */
  clusterOf(buf: Uint8Array, from: number, to: number): GatewayOutbound | undefined {
    const isNew = mappedPrefixBytes(buf, from, to) === MAPPED_BYTES;
    const { from: first, length } = isNew ? NEW : OLD;
    const wanted = textOf(buf, from + first, from + first + length);
    return this.outbounds().find(({ gateway }) => (isNew ? hash6(gateway) : hash4(gateway)) === wanted);
  }
}
