// What we told a remote gateway of an account, and what we tell it next. Source: gateway.md §3.4–§3.7.

/**
 * Untold: nothing said. Refused: A- said, for an account we do not have. Optimistic: it sends unless we said
 * RS-. Transitioning: our list is on its way. InterestOnly: it knows all, and is told every change.
 */
export type InboundMode = "Untold" | "Refused" | "Optimistic" | "Transitioning" | "InterestOnly";

/**
 * Unknown: a message came for an account we do not have. Missed: one came that no plain subscription wants.
 * Full: as Missed, with as many subjects refused as the threshold allows. First/Last: of a plain subject, in
 * this account. Switch: the account is to become interest-only. Listed: the last line of the list is written.
 */
export type Telling = "Unknown" | "Missed" | "Full" | "First" | "Last" | "Switch" | "Listed";

/**
 * refuse: A-. mute: RS- and remember. unmute: RS+ for what we refused and this covers. add: RS+. drop: RS-.
 * list: start, then every plain subject. finish: complete.
 */
export type TellAction = "none" | "refuse" | "mute" | "unmute" | "add" | "drop" | "list" | "finish";

type Row = Partial<Record<Telling, readonly [InboundMode, TellAction]>>;

/** Once we sent start for an account, neither A- nor A+ is ever sent for it (gateway.md §3.7): no cell says
 *  so. */
export const TOLD = {
  Untold: {
    Unknown: ["Refused", "refuse"],
    Missed: ["Optimistic", "mute"],
    Full: ["Transitioning", "list"],
    Switch: ["Transitioning", "list"],
  },
  Refused: { Switch: ["Transitioning", "list"] },
  Optimistic: {
    Missed: ["Optimistic", "mute"],
    Full: ["Transitioning", "list"],
    First: ["Optimistic", "unmute"],
    Switch: ["Transitioning", "list"],
  },
  Transitioning: {
    First: ["Transitioning", "add"],
    Last: ["Transitioning", "drop"],
    Listed: ["InterestOnly", "finish"],
  },
  InterestOnly: { First: ["InterestOnly", "add"], Last: ["InterestOnly", "drop"] },
} as const satisfies Record<InboundMode, Row>;

/** Where to and what to do; null for an empty cell: stay, and say nothing. */
export function told(mode: InboundMode, what: Telling): readonly [InboundMode, TellAction] | null {
  const row: Row = TOLD[mode];
  return row[what] ?? null;
}
