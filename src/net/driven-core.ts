// What net asks of a core: whoever connects, whoever was reached, whoever was not, and the time.

import type { Arena } from "../base/arena.ts";
import type { Millis } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { DialRequest } from "../gateway/remotes.ts";
import type { LeafRemoteOptions, LeafUrl } from "../leaf/options.ts";
import type { DirtyList } from "../peer/egress.ts";
import type { Address, Session } from "../peer/session.ts";
import type { CertificateNames, ClientTransport, LeafTransport } from "../peer/transport.ts";

/** A hub that is to be dialled. */
export interface LeafDialRequest {
  readonly remote: { readonly options: LeafRemoteOptions };
  readonly url: LeafUrl;
  /** The host name to verify a certificate against. */
  readonly tlsName: string;
}

export interface LeafCore {
  acceptLeaf(remote: Address, now: Millis, transport: LeafTransport): Session;
  /** The transport is open, as far as `transport` says. */
  leafDialed(request: LeafDialRequest, remote: Address, now: Millis, transport: LeafTransport): Session;
  leafDialFailed(request: LeafDialRequest, why: string, now: Millis): void;
  acceptClient(remote: Address, now: Millis, transport?: ClientTransport): Session;
  /** Are leafs taken at all? */
  readonly acceptsLeafs: boolean;
}

export interface DrivenCore extends LeafCore {
  readonly world: { readonly log: Log };
  readonly dirties: DirtyList;
  readonly arena: Arena;
  acceptGateway(remote: Address, now: Millis, certificate: CertificateNames | null): Session;
  dialed(request: DialRequest, remote: Address, now: Millis): Session;
  dialFailed(request: DialRequest, why: string, now: Millis): void;
  start(now: Millis): void;
  tick(now: Millis): void;
  stop(): void;
}
