// Lists that are asked for a page at a time, in an order, and by a part of a name: for whoever looks at
// thousands of accounts or leaf nodes. Without these parameters an answer is what nats-server's would be.

import { LIST_MAX } from "./document.ts";
import { type Query, QueryError } from "./query.ts";

export interface Listing<Order extends string> {
  /** "": as nats-server has it. */
  readonly sort: Order | "";
  /** In lower case; "": all. */
  readonly filter: string;
  readonly offset: number;
  /** 0: all, as far as an answer has room. */
  readonly limit: number;
}

/** All of it, in nats-server's order. */
export const WHOLE: Listing<never> = { sort: "", filter: "", offset: 0, limit: 0 };

/** By name of the order: names ascend, figures descend. */
export type Orders<T, Order extends string> = Readonly<Record<Order, (item: T) => number | string>>;

export interface Page<T> {
  readonly items: readonly T[];
  /** How many there are behind the filter. */
  readonly total: number;
}

/** Throws QueryError for an order that there is not. */
export function listingOptions<Order extends string>(query: Query, orders: readonly Order[]): Listing<Order> {
  const sort = query.text("sort");
  const known = orders.find((order) => order === sort);
  if (sort !== "" && known === undefined) throw new QueryError(`invalid sorting option: ${sort}`);
  return {
    sort: known ?? "",
    filter: query.text("filter").toLowerCase(),
    offset: Math.max(0, query.int("offset")),
    limit: Math.max(0, query.int("limit")),
  };
}

/** Was any of it asked for? Then the answer tells how many there are. */
export function isPaged({ sort, filter, offset, limit }: Listing<string>): boolean {
  return sort !== "" || filter !== "" || offset > 0 || limit > 0;
}

/** `names` are the texts in which the filter is looked for. */
export function pageOf<T, Order extends string>(
  items: readonly T[],
  { sort, filter, offset, limit }: Listing<Order>,
  orders: Orders<T, Order>,
  names: (item: T) => readonly string[],
): Page<T> {
  const chosen =
    filter === ""
      ? items
      : items.filter((item) => names(item).some((name) => name.toLowerCase().includes(filter)));
  const ordered = sort === "" ? chosen : chosen.toSorted(by(orders[sort]));
  const length = limit === 0 ? LIST_MAX : Math.min(limit, LIST_MAX);
  return { items: ordered.slice(offset, offset + length), total: chosen.length };
}

function by<T>(key: (item: T) => number | string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    if (typeof left === "number" && typeof right === "number") return right - left;
    return left < right ? -1 : left > right ? 1 : 0;
  };
}
