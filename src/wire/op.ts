// What a reader found, as a number: switch statements over it compile to jumps.

export const Op = {
  /** More bytes are needed. */
  Starved: 0,
  /** The peer broke the protocol; the reader says how in `fault`. */
  Broken: 1,
  /** PUB, HPUB, RMSG or HMSG, whole, with its payload. */
  Message: 2,
  Ping: 3,
  Pong: 4,
  Ok: 5,
  Err: 6,
  Info: 7,
  Connect: 8,
  /** SUB or RS+. */
  Subscribe: 9,
  /** UNSUB or RS-. */
  Unsubscribe: 10,
  /** A+ */
  AccountAdd: 11,
  /** A- */
  AccountRemove: 12,
} as const;

export type Op = (typeof Op)[keyof typeof Op];

/** How each is written in a trace; RS+ and SUB are one to us. */
export const OP_VERBS: Readonly<Record<Op, string>> = {
  [Op.Starved]: "",
  [Op.Broken]: "?",
  [Op.Message]: "PUB",
  [Op.Ping]: "PING",
  [Op.Pong]: "PONG",
  [Op.Ok]: "+OK",
  [Op.Err]: "-ERR",
  [Op.Info]: "INFO",
  [Op.Connect]: "CONNECT",
  [Op.Subscribe]: "SUB",
  [Op.Unsubscribe]: "UNSUB",
  [Op.AccountAdd]: "A+",
  [Op.AccountRemove]: "A-",
};
