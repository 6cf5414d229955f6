// The accounts that we have, and who may log in to which.

import { knownNameKey, nameKey } from "../auth/distinguished-name.ts";
import type { AccountBounds, Login } from "../auth/login.ts";
import { verifyNonce } from "../auth/nkey.ts";
import type { Permission } from "../auth/permission.ts";
import type { AllowedResponses } from "../auth/rights.ts";
import type { ConnectionType } from "../auth/user-login.ts";
import type { NameTable } from "../base/intern.ts";
import type { LeafAuthorization } from "../leaf/options.ts";
import type { CertificateNames } from "../peer/transport.ts";
import { connectionTypeOf, type Member } from "./members.ts";
import type { OperatorOptions } from "./operator.ts";

export interface UserOptions {
  /** null with an nkey. */
  readonly user: string | null;
  /** null: only an nkey or a certificate stands for this user. */
  readonly password: string | null;
  /** Public key of a user; without one he has a name. */
  readonly nkey?: string | null;
  readonly account: string;
  /** The only ways in which this user may come; absent and empty: all. */
  readonly connectionTypes?: readonly ConnectionType[];
  /** Without: everything. */
  readonly permissions?: {
    readonly publish: Permission;
    readonly subscribe: Permission;
    readonly responses?: AllowedResponses;
  } | null;
}

export interface AccountsOptions {
  /** All accounts, the global and the system one included. */
  readonly names: readonly string[];
  readonly systemAccount: string;
  readonly users: readonly UserOptions[];
  /** What configured accounts may have, of those that are bounded. */
  readonly bounds?: ReadonlyMap<string, AccountBounds>;
  /** The token that stands for the global account; null without one. */
  readonly token: string | null;
  /** Who a client without credentials is; null when that is refused (or when nobody must log in). */
  readonly noAuthUser: string | null;
  /** The same for who comes over WebSocket; without one noAuthUser counts there too. */
  readonly webSocketNoAuthUser?: string | null;
  /** The certificates of clients say who they are. Absent: they do not. */
  readonly mapsCertificates?: boolean;
  /** Who logs in is decided by JWTs, and there are no users. */
  readonly operator?: OperatorOptions | null;
}

/** What a CONNECT says of who it is. */
export interface Credentials {
  readonly user: string;
  readonly pass: string;
  readonly token: string;
  readonly nkey: string;
  readonly sig: string;
}

type Arriving = Pick<Member, "nonce" | "webSocket" | "certificate" | "kind">;

export const GLOBAL_ACCOUNT = "$G";

export class Directory {
  /** Ids of our accounts. In operator mode there may be more at any time. */
  readonly own = new Set<number>();
  readonly system: number;
  readonly #users = new Map<string, UserOptions>();
  readonly #keys = new Map<string, UserOptions>();
  readonly #names: Names<UserOptions>;

  constructor(
    private readonly options: AccountsOptions,
    private readonly names: NameTable,
    private readonly matches: (given: string, wanted: string) => boolean,
  ) {
    for (const name of options.names) this.own.add(names.intern(name));
    this.system = names.intern(options.systemAccount);
    this.own.add(this.system);
    for (const user of options.users) {
      if (user.user !== null) this.#users.set(user.user, user);
      if (user.nkey != null) this.#keys.set(user.nkey, user);
    }
    this.#names = new Names(options.users);
  }

  authRequired(webSocket: boolean): boolean {
    return !this.#isOpen && this.#noAuthUser(webSocket) === null;
  }

  /** Somebody logs in by a signature, so whoever connects is given a nonce to sign. */
  get asksSignatures(): boolean {
    return this.#keys.size > 0 || this.#isOperated;
  }

  get #isOperated(): boolean {
    return this.options.operator != null;
  }

  /** Nobody must log in. */
  get #isOpen(): boolean {
    if (this.#isOperated) return false;
    return this.#users.size === 0 && this.#keys.size === 0 && this.options.token === null;
  }

  #noAuthUser(webSocket: boolean): string | null {
    const { noAuthUser, webSocketNoAuthUser } = this.options;
    return webSocket ? (webSocketNoAuthUser ?? noAuthUser) : noAuthUser;
  }

  /** Account and rights of these credentials; null when they are refused. */
  login(asked: Credentials, from: Arriving): Login | null {
    const { nonce, webSocket } = from;
    const { token, mapsCertificates } = this.options;
    const noAuthUser = this.#noAuthUser(webSocket);
    if (this.#isOpen) return this.#global();
    if (asked.nkey !== "") {
      const user = this.#keys.get(asked.nkey);
      return user !== undefined && verifyNonce(asked.nkey, nonce, asked.sig)
        ? this.#loginOf(user, from)
        : null;
    }
    if (mapsCertificates === true && !webSocket && this.#users.size > 0) {
      return this.#mapped(null, from, asked.pass);
    }
    if (asked.user === "" && asked.pass === "" && asked.token === "" && noAuthUser !== null) {
      const user = this.#users.get(noAuthUser);
      return user === undefined ? null : this.#loginOf(user, from);
    }
    if (token !== null && asked.token !== "") return this.matches(asked.token, token) ? this.#global() : null;
    const user = this.#users.get(asked.user);
    // An unknown name costs what a wrong password costs, so that names cannot be found by the clock.
    const right = this.matches(asked.pass, user?.password ?? "-");
    return user === undefined || user.password === null || !right ? null : this.#loginOf(user, from);
  }

  /** As login, but for a leaf, which may have users of its own. Source: leafnode.md §7. */
  leafLogin(
    own: LeafAuthorization | null,
    asked: Credentials,
    from: Arriving,
    mapsCertificates: boolean,
  ): Login | null {
    const { nonce } = from;
    if (mapsCertificates) return this.#mapped(own, from, asked.pass);
    if (own !== null && own.nkey !== null) {
      const right = asked.nkey === own.nkey && verifyNonce(own.nkey, nonce, asked.sig);
      return right ? this.#bound(own.nkey, own.account) : null;
    }
    if (own !== null && own.users.length > 0) {
      const user = own.users.find((each) => each.user === asked.user);
      const right = this.matches(asked.pass, user?.password ?? "-");
      return user === undefined || !right ? null : this.#bound(user.user, user.account ?? own.account);
    }
    return own !== null && this.#isOpen
      ? this.#bound("", own.account)
      : this.login(asked, { nonce, webSocket: from.webSocket, kind: from.kind, certificate: null });
  }

  /** The first user whose name the certificate has. One with a password must give that, too. */
  #mapped(own: LeafAuthorization | null, from: Arriving, password: string): Login | null {
    const { certificate } = from;
    if (own !== null && own.users.length > 0) {
      const user = ofCertificate(certificate, new Names(own.users));
      return user === undefined ? null : this.#bound(user.user, user.account ?? own.account);
    }
    const user = ofCertificate(certificate, this.#names);
    if (user === undefined) return null;
    const right = user.password === null || this.matches(password, user.password);
    return right ? this.#loginOf(user, from) : null;
  }

  #loginOf(options: UserOptions, from: Arriving): Login | null {
    const { user, nkey, account, permissions, connectionTypes = [] } = options;
    if (connectionTypes.length > 0 && !connectionTypes.includes(connectionTypeOf(from))) return null;
    return {
      account: this.names.idOf(account),
      user: user ?? nkey ?? "",
      publish: permissions?.publish ?? null,
      subscribe: permissions?.subscribe ?? null,
      ...(permissions?.responses === undefined ? {} : { responses: permissions.responses }),
    };
  }

  #bound(user: string, account: string | null): Login {
    const id = this.names.idOf(account ?? GLOBAL_ACCOUNT);
    return { account: id, user, publish: null, subscribe: null };
  }

  #global(): Login {
    return this.#bound("", null);
  }
}

/** Users as certificates name them. */
class Names<U extends { readonly user: string | null }> {
  readonly plain = new Map<string, U>();
  /** Those whose name is the subject of a certificate, however it is written. */
  readonly subjects = new Map<string, U>();

  constructor(users: readonly U[]) {
    for (const user of users) {
      if (user.user === null) continue;
      this.plain.set(user.user, user);
      const key = nameKey(user.user);
      if (key !== null && !this.subjects.has(key)) this.subjects.set(key, user);
    }
  }
}

/** E-mail, DNS and URI names in this order, then the subject, then what of it nats-server would see. */
function ofCertificate<U extends { readonly user: string | null }>(
  certificate: CertificateNames | null,
  { plain, subjects }: Names<U>,
): U | undefined {
  for (const name of certificate?.all ?? []) {
    const user = plain.get(name);
    if (user !== undefined) return user;
  }
  const subject = certificate?.subject ?? "";
  return subjects.get(nameKey(subject) ?? "") ?? subjects.get(knownNameKey(subject) ?? "");
}
