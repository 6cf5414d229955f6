// The accounts that we have, and who may log in to which.

import type { NameTable } from "../base/intern.ts";
import type { Connect } from "../wire/documents.ts";

export interface UserOptions {
  readonly user: string;
  readonly password: string;
  readonly account: string;
}

export interface AccountsOptions {
  /** All accounts, the global and the system one included. */
  readonly names: readonly string[];
  readonly systemAccount: string;
  readonly users: readonly UserOptions[];
  /** The token that stands for the global account; null without one. */
  readonly token: string | null;
  /** Who a client without credentials is; null when that is refused (or when nobody must log in). */
  readonly noAuthUser: string | null;
}

export const GLOBAL_ACCOUNT = "$G";

export class Directory {
  /** Ids of our accounts. */
  readonly own = new Set<number>();
  readonly system: number;
  readonly #users = new Map<string, UserOptions>();

  constructor(
    private readonly options: AccountsOptions,
    private readonly names: NameTable,
    private readonly matches: (given: string, wanted: string) => boolean,
  ) {
    for (const name of options.names) this.own.add(names.intern(name));
    this.system = names.intern(options.systemAccount);
    this.own.add(this.system);
    for (const user of options.users) this.#users.set(user.user, user);
  }

  get authRequired(): boolean {
    return (this.#users.size > 0 || this.options.token !== null) && this.options.noAuthUser === null;
  }

  /** Account id and user of these credentials; account 0 when they are refused. */
  login(asked: Connect): { account: number; user: string } {
    const refused = { account: 0, user: "" };
    const { token, noAuthUser } = this.options;
    if (this.#users.size === 0 && token === null)
      return { account: this.names.idOf(GLOBAL_ACCOUNT), user: "" };
    if (asked.user === "" && asked.pass === "" && asked.token === "" && noAuthUser !== null) {
      const user = this.#users.get(noAuthUser);
      return user === undefined ? refused : { account: this.names.idOf(user.account), user: user.user };
    }
    if (token !== null && asked.token !== "") {
      return this.matches(asked.token, token)
        ? { account: this.names.idOf(GLOBAL_ACCOUNT), user: "" }
        : refused;
    }
    const user = this.#users.get(asked.user);
    // An unknown name costs what a wrong password costs, so that names cannot be found by the clock.
    const right = this.matches(asked.pass, user?.password ?? "-");
    if (user === undefined || !right) return refused;
    return { account: this.names.idOf(user.account), user: user.user };
  }
}
