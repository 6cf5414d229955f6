// How a resolver reaches those of other servers: over the system account, which somebody else speaks for it.

export interface ResolverPeers {
  /** Asks all others; every answer is handed over as it comes. */
  request(subject: string, payload: Uint8Array, onReply: (payload: Uint8Array) => void): void;
  publish(subject: string, payload: Uint8Array): void;
}
