// What would change if a running box took up another configuration: what is done at once, what counts for new
// connections only, and what needs a restart, in which case nothing is done.

import { isDeepStrictEqual } from "node:util";
import type {
  Configuration,
  IdentityConfiguration,
  LeafRemoteConfiguration,
  RemoteConfiguration,
} from "./config.ts";

/** now: taken up at once. later: by connections that are made from now on. restart: not while the box
 *  runs. */
export type Effect = "now" | "later" | "restart";

export interface Change {
  /** As it is found in the file: `gateway.gateways[west]`. */
  readonly key: string;
  readonly what: "added" | "removed" | "changed";
  readonly effect: Effect;
  /** Which connections feel it, for people; "" when none does. */
  readonly touches: string;
}

/** Who feels it where listeners change. */
const NEWCOMERS = "new connections; those that there are stay";

/** In the order in which they would be done. */
export function planOf(before: Configuration, after: Configuration): Change[] {
  const changes: Change[] = [];
  const compare = (key: string, one: unknown, other: unknown, effect: Effect, touches = ""): void => {
    if (!isDeepStrictEqual(one, other)) changes.push({ key, what: whatOf(one, other), effect, touches });
  };
  compareIdentity(before, after, compare);
  compareListeners(before, after, compare);
  compareOperator(before, after, compare);
  compareAccounts(before, after, compare);
  compareGateways(before, after, compare);
  compareLeafs(before, after, compare);
  const limits = ({ client: { listen: _l, advertise: _a, tls: _t, ...rest } }: Configuration) => {
    const { writeDeadlineMillis: _w, maxConnections: _m, authTimeoutMillis: _o, ...limitsAlone } = rest;
    return limitsAlone;
  };
  compare("limits and times of clients", limits(before), limits(after), "now");
  compare("max_connections, times of logins", ofArrivals(before), ofArrivals(after), "later");
  compare("write_deadline", deadlines(before), deadlines(after), "now");
  compare("connection_rate", before.connectionRates, after.connectionRates, "now", NEWCOMERS);
  compare("log", before.log, after.log, "now");
  compare("pid_file", before.pidFile, after.pidFile, "now");
  compare("ports_file_dir", before.portsFileDir, after.portsFileDir, "now");
  compare("lame_duck_duration", before.lameDuck, after.lameDuck, "now");
  return changes;
}

const EFFECTS: Record<Effect, string> = {
  now: "at once",
  later: "for new connections",
  restart: "needs a restart",
};

/** One change on a line. */
export function planLine({ key, what, effect, touches }: Change): string {
  return `${what.padEnd(7)} ${key} (${EFFECTS[effect]}${touches === "" ? "" : `; ${touches}`})`;
}

/** What is asked when somebody comes, and never again. */
const ofArrivals = ({ client: { maxConnections, authTimeoutMillis } }: Configuration) => [
  maxConnections,
  authTimeoutMillis,
];

/** Looked up again and again, and so those of everybody who is connected. */
const deadlines = ({ client, gateway, leaf }: Configuration) =>
  [client, gateway, leaf].map((of) => of?.writeDeadlineMillis);

type Compare = (key: string, one: unknown, other: unknown, effect: Effect, touches?: string) => void;

function whatOf(one: unknown, other: unknown): Change["what"] {
  if (one === null || one === undefined) return "added";
  return other === null || other === undefined ? "removed" : "changed";
}

/** Who the box is: peers know it by this. */
function compareIdentity(before: Configuration, after: Configuration, compare: Compare): void {
  compare("server_name", before.serverName, after.serverName, "restart");
  compare("cluster.name", before.clusterName, after.clusterName, "restart");
  compare("gateway.name", before.gateway?.name, after.gateway?.name, "restart");
  compare("system_account", before.identity.systemAccount, after.identity.systemAccount, "restart");
  compare("admin", before.admin, after.admin, "restart");
}

/** A preload that stays the same in other words changes nothing. */
function compareOperator(
  { identity: one }: Configuration,
  { identity: other }: Configuration,
  compare: Compare,
) {
  const rest = ({ operator }: typeof one) => operator && { ...operator, preload: null, sentinel: null };
  const preload = ({ operator }: typeof one) => operator && new Set(operator.preload);
  compare("operator", rest(one), rest(other), "restart");
  compare("default_sentinel", one.operator?.sentinel, other.operator?.sentinel, "now");
  const touches = "connections that their accounts do not allow any more";
  compare("resolver_preload", preload(one), preload(other), "now", touches);
}

function compareListeners(before: Configuration, after: Configuration, compare: Compare): void {
  const blocks = ({ client, gateway, leaf }: Configuration) =>
    [
      ["listen", "tls", client],
      ["gateway.listen", "gateway.tls", gateway],
      ["leafnodes.listen", "leafnodes.tls", leaf?.listener ?? null],
    ] as const;
  const others = blocks(after);
  for (const [i, [listen, tls, one]] of blocks(before).entries()) {
    const other = others[i]![2];
    compare(listen, one && at(one), other && at(other), "now", NEWCOMERS);
    if (one !== null && other !== null) compare(tls, one.tls, other.tls, "now", "new handshakes");
  }
  compare("websocket", before.webSocket, after.webSocket, "now", NEWCOMERS);
  compare("http", before.monitor, after.monitor, "now", "new requests");
}

const at = <T extends { listen: unknown; advertise: unknown }>({ listen, advertise }: T) => ({
  listen,
  advertise,
});

function compareAccounts(
  { identity: one }: Configuration,
  { identity: other }: Configuration,
  compare: Compare,
) {
  const users = new Map(one.accounts.map(({ name, users: of }) => [name, of]));
  const limits = new Map(one.accounts.map(({ name, limits: of }) => [name, of]));
  for (const { name, users: of, limits: limitsOf } of other.accounts) {
    const known = users.get(name);
    users.delete(name);
    const touches = known === undefined ? "" : `connections of its users that changed or are gone`;
    compare(`accounts.${name}`, known, of, "now", touches);
    const [before, after] = [trafficOf(one, name), trafficOf(other, name)];
    if (known === undefined) continue;
    compare(`accounts.${name} imports and mappings`, before, after, "now");
    const beyond = "the newest of its connections, where there are more than it may have";
    compare(`accounts.${name}.limits`, limits.get(name), limitsOf, "now", beyond);
  }
  for (const [name, of] of users) compare(`accounts.${name}`, of, undefined, "now", "all its connections");
  compare("authorization.token", one.token, other.token, "now", "connections that came by the token");
  compare("no_auth_user", one.noAuthUser, other.noAuthUser, "now");
}

const trafficOf = ({ traffic }: IdentityConfiguration, name: string) =>
  traffic.find(({ account }) => account === name);

function compareGateways(before: Configuration, after: Configuration, compare: Compare): void {
  const [one, other] = [before.gateway, after.gateway];
  if (one === null || other === null) return;
  const known = new Map(one.remotes.map((remote) => [remote.name, remote]));
  for (const remote of other.remotes) {
    compareRemote(known.get(remote.name), remote, compare);
    known.delete(remote.name);
  }
  for (const [name, remote] of known) {
    compare(`gateway.gateways[${name}]`, remote, undefined, "now", `closes gateway ${name}`);
  }
  for (const name of new Set([...one.rules.remotes.keys(), ...other.rules.remotes.keys()])) {
    const touches =
      name === "*" ? "reconnects gateways without rules of their own" : `reconnects gateway ${name}`;
    const rules = [one.rules.remotes.get(name), other.rules.remotes.get(name)];
    compare(`gateway.gateways[${name}] rules`, rules[0], rules[1], "now", touches);
  }
  const rest = ({
    name: _n,
    listen: _l,
    advertise: _a,
    tls: _t,
    remotes: _r,
    rules: _u,
    ownUrls: _o,
    writeDeadlineMillis: _w,
    maxPendingBytes: _p,
    ...of
  }: typeof one) => of;
  compare("gateway", rest(one), rest(other), "later");
  compare("gateway.max_pending", one.maxPendingBytes, other.maxPendingBytes, "now");
}

function compareRemote(
  one: RemoteConfiguration | undefined,
  other: RemoteConfiguration,
  compare: Compare,
): void {
  const key = `gateway.gateways[${other.name}]`;
  if (one === undefined) compare(key, undefined, other, "now", `dials gateway ${other.name}`);
  else compare(key, one, other, "now", "dials so when it is lost");
}

function compareLeafs(before: Configuration, after: Configuration, compare: Compare): void {
  const listener = ({ leaf }: Configuration) => {
    if (leaf === null || leaf.listener === null) return null;
    const { listen: _l, advertise: _a, tls: _t, authorization: _u, ...rest } = leaf.listener;
    return rest;
  };
  const users = ({ leaf }: Configuration) => leaf?.listener?.authorization ?? null;
  compare(
    "leafnodes.authorization",
    users(before),
    users(after),
    "now",
    "leafs whose user changed or is gone",
  );
  const bounds = ({ leaf }: Configuration) => leaf?.maxPendingBytes;
  if (before.leaf?.listener != null && after.leaf?.listener != null) {
    compare("leafnodes", listener(before), listener(after), "later");
  }
  if (before.leaf !== null && after.leaf !== null) {
    compare("leafnodes.max_pending", bounds(before), bounds(after), "now");
  }
  const left = [...(before.leaf?.remotes ?? [])];
  const take = (remote: LeafRemoteConfiguration): LeafRemoteConfiguration | undefined => {
    const found = left.findIndex((known) => isDeepStrictEqual(known, remote));
    return found < 0 ? undefined : left.splice(found, 1)[0];
  };
  const others = (after.leaf?.remotes ?? []).filter((remote) => take(remote) === undefined);
  for (const remote of others) {
    const switched = take({ ...remote, disabled: !remote.disabled });
    const touches = remote.disabled ? "closes its connection" : "dials it";
    compare(hubKey(remote), switched, remote, "now", touches);
  }
  for (const remote of left) compare(hubKey(remote), remote, undefined, "now", "closes its connection");
}

function hubKey({ urls, account }: LeafRemoteConfiguration): string {
  return `leafnodes.remotes[${urls.map(({ host, port }) => `${host}:${port}`).join(", ")} ${account}]`;
}
