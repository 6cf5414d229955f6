// What stands at the other end, as small integers: targets are compiled for a kind of source.

export const Kind = {
  Client: 0,
  /** A remote gateway that dialled us: its messages come in here, our interest goes out. */
  GatewayInbound: 1,
  /** A remote gateway that we dialled: our messages go out here, its interest comes in. */
  GatewayOutbound: 2,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** As which kind of source a message is looked up. A mapped reply that came home is its own kind. */
export const Source = {
  Client: 0,
  Gateway: 1,
  /** gateway.md §4.5: all local subscribers, queue groups without a list, and gateways with interest. */
  MappedReply: 2,
} as const;

export type Source = (typeof Source)[keyof typeof Source];

/** Classes of rows in the interest store: who holds the interest. */
export const Holder = {
  Client: 0,
  Gateway: 1,
} as const;
