// What stands at the other end, as small integers: targets are compiled for a kind of source.

export const Kind = {
  Client: 0,
  /** A remote gateway that dialled us: its messages come in here, our interest goes out. */
  GatewayInbound: 1,
  /** A remote gateway that we dialled: our messages go out here, its interest comes in. */
  GatewayOutbound: 2,
  /** A leaf node link; who is hub and who is spoke, the session says. */
  Leaf: 3,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** As which kind of source a message is looked up. A mapped reply that came home is its own kind. */
export const Source = {
  /** Somebody of ours, a client or a leaf node: everybody may get it. */
  Own: 0,
  /** A remote cluster: it stays on this side. */
  Gateway: 1,
  /** gateway.md §4.5: all that are ours, queue groups without a list, and gateways with interest. */
  MappedReply: 2,
  /** As Own, but its account's mappings are behind it. */
  Mapped: 3,
} as const;

export type Source = (typeof Source)[keyof typeof Source];

/** Classes of rows in the interest store: who holds the interest. */
export const Holder = {
  Client: 0,
  Gateway: 1,
  /** A leaf node on whose link we are the hub. */
  Spoke: 2,
  /** Our hub: a leaf node on whose link we are the spoke. */
  Hub: 3,
  /** Interest of another account, by a stream import: of a client or a spoke there. */
  Import: 4,
  /** The same of a hub there, which is told to spokes alone. */
  HubImport: 5,
  /** Our own interest: in answers to requests that were imported, and in what the system account is asked. */
  Own: 6,
  /** What imports and mappings take from an account: told to leafs alone. */
  Service: 7,
} as const;

export type Holder = (typeof Holder)[keyof typeof Holder];

/** Whose interest gateways are told, as bits: that of all that is on our side, our hub's too. Source:
 *  gateway.md §7.10, and docs/decisions/0004-a-spoke-speaks-for-its-hub.md. */
export const TOLD_TO_GATEWAYS =
  (1 << Holder.Client) | (1 << Holder.Spoke) | (1 << Holder.Hub) | (1 << Holder.Import) | (1 << Holder.Own);
