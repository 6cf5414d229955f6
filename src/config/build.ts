// Settings that passed every check, to the Configuration the box runs with.

import type { GatewayRuleOptions, RemoteRuleOptions } from "../gateway/rules.ts";
import { buildLeaf, buildWebSocket } from "./build-leaf.ts";
import { buildListenerTls, buildTls } from "./build-tls.ts";
import type {
  AccountConfiguration,
  ClientTlsConfiguration,
  Configuration,
  GatewayConfiguration,
  GatewayTlsConfiguration,
  IdentityConfiguration,
  MonitorConfiguration,
  OperatorConfiguration,
  RemoteConfiguration,
  UserConfiguration,
} from "./config.ts";
import { clientAddress, gatewayAddress, monitorAddress, secureMonitorAddress } from "./listeners.ts";
import { permissionsOf } from "./permissions.ts";
import { rulesOf } from "./rules-crossing.ts";
import { ALL_OTHERS, urlsOf } from "./rules-gateway.ts";
import type { GatewaySettings, RemoteSettings, Settings } from "./schema.ts";
import { buildTraffic } from "./traffic.ts";
import { allAccounts, GLOBAL_ACCOUNT, SYSTEM_ACCOUNT, writtenUsers } from "./users.ts";

/** How long a peer may take to say who it is. Source: nats-server 2.15, AUTH_TIMEOUT. */
const AUTH_TIMEOUT_MILLIS = 2_000;

/** With TLS the handshake has its own time, and the credentials get this much more. Source: as above. */
const AUTH_AFTER_TLS_MILLIS = 1_000;

/** Needs settings without error findings: what is required is taken to be there. */
export function build(settings: Settings, operator: OperatorConfiguration | null = null): Configuration {
  const { gateway, leafnodes, websocket } = settings;
  return {
    serverName: settings.server_name ?? null,
    clusterName: gateway?.name ?? settings.cluster?.name ?? null,
    client: buildClient(settings),
    gateway: gateway === undefined ? null : buildGateway(settings, gateway),
    leaf: leafnodes === undefined ? null : buildLeaf(settings, leafnodes, authTimeout),
    webSocket: websocket === undefined ? null : buildWebSocket(websocket),
    monitor: buildMonitor(settings),
    connectionRates: {
      client: settings.connection_rate ?? null,
      gateway: gateway?.connection_rate ?? null,
      leaf: leafnodes?.connection_rate ?? null,
      websocket: websocket?.connection_rate ?? null,
    },
    identity: operator === null ? buildIdentity(settings) : operated(settings, operator),
    log: {
      debug: settings.debug,
      trace: settings.trace || settings.trace_verbose,
      traceVerbose: settings.trace_verbose,
      logtime: settings.logtime,
      file: settings.log_file ?? null,
      format: settings.log_format,
      sizeLimit: settings.log_size_limit ?? null,
      filesMax: settings.log_max_num ?? null,
    },
    pidFile: settings.pid_file ?? null,
    admin: buildAdmin(settings),
    portsFileDir: settings.ports_file_dir ?? null,
    lameDuck: {
      durationMillis: settings.lame_duck_duration,
      gracePeriodMillis: settings.lame_duck_grace_period,
    },
  };
}

function buildClient(settings: Settings): Configuration["client"] {
  return {
    listen: clientAddress(settings),
    advertise: settings.client_advertise ?? null,
    tls: buildClientTls(settings),
    authTimeoutMillis: settings.authorization?.timeout ?? authTimeout(settings.tls?.timeout ?? null),
    maxConnections: Math.max(0, settings.max_connections),
    maxSubscriptions: settings.max_subscriptions > 0 ? settings.max_subscriptions : null,
    maxSubTokens: settings.max_sub_tokens ?? null,
    maxPayloadBytes: settings.max_payload,
    maxControlLineBytes: settings.max_control_line,
    maxPendingBytes: settings.max_pending,
    writeDeadlineMillis: settings.write_deadline,
    pingIntervalMillis: settings.ping_interval,
    pingMax: settings.ping_max,
  };
}

function buildClientTls({ tls, allow_non_tls }: Settings): ClientTlsConfiguration | null {
  if (tls === undefined) return null;
  const { handshake_first: handshakeFirst, connection_rate_limit: handshakesPerSecondMax = null } = tls;
  const allowClear = allow_non_tls && handshakeFirst !== true;
  return { ...buildListenerTls(tls), handshakeFirst, handshakesPerSecondMax, allowClear };
}

const ADMIN_MODE = 0o600;

function buildAdmin({ admin }: Settings): Configuration["admin"] {
  if (admin === undefined) return null;
  return typeof admin === "string"
    ? { socket: admin, mode: ADMIN_MODE }
    : { socket: admin.socket ?? "", mode: admin.mode };
}

function buildMonitor(settings: Settings): MonitorConfiguration | null {
  const listen = monitorAddress(settings);
  const secureListen = secureMonitorAddress(settings);
  if (listen === null && secureListen === null) return null;
  return { listen, secureListen, basePath: basePath(settings.http_base_path) };
}

function buildGateway(settings: Settings, gateway: GatewaySettings): GatewayConfiguration {
  const { authorization, tls, name = "" } = gateway;
  const entries = gateway.gateways ?? [];
  const own = entries.filter((remote) => remote.name === name);
  return {
    name,
    listen: gatewayAddress(gateway),
    advertise: gateway.advertise ?? null,
    authorization:
      authorization?.user === undefined
        ? null
        : { user: authorization.user, password: authorization.password ?? null },
    authTimeoutMillis: authorization?.timeout ?? authTimeout(tls?.timeout ?? null),
    tls: tls === undefined ? null : buildGatewayTls(tls),
    rejectUnknown: gateway.reject_unknown,
    rules: buildRules(entries),
    connectRetries: gateway.connect_retries,
    connectBackoff: gateway.connect_backoff,
    writeDeadlineMillis: gateway.write_deadline ?? settings.write_deadline,
    maxPendingBytes: gateway.max_pending ?? settings.max_pending,
    interestOnlyThreshold: gateway.interest_only_threshold,
    remotes: entries
      .filter((remote) => remote.name !== name && remote.name !== ALL_OTHERS)
      .map((remote) => buildRemote(gateway, remote)),
    ownUrls: own.flatMap(urlsOf),
  };
}

function buildRules(entries: readonly RemoteSettings[]): GatewayRuleOptions {
  const remotes = new Map<string, RemoteRuleOptions>();
  for (const entry of entries) {
    const { name = "" } = entry;
    const rules = rulesOf(entry, `gateway.gateways[${name}]`);
    if (rules !== null) remotes.set(name, rules);
  }
  return { others: remotes.get(ALL_OTHERS) ?? null, remotes };
}

/** The time for credentials where none is written. */
function authTimeout(tlsMillis: number | null): number {
  return tlsMillis === null ? AUTH_TIMEOUT_MILLIS : tlsMillis + AUTH_AFTER_TLS_MILLIS;
}

function buildRemote(gateway: GatewaySettings, remote: RemoteSettings): RemoteConfiguration {
  const tls = remote.tls ?? gateway.tls;
  return { name: remote.name ?? "", urls: urlsOf(remote), tls: tls === undefined ? null : buildTls(tls) };
}

function buildGatewayTls(tls: NonNullable<GatewaySettings["tls"]>): GatewayTlsConfiguration {
  return {
    ...buildTls(tls),
    verifyAndMap: tls.verify_and_map,
    verifyCertAndCheckKnownUrls: tls.verify_cert_and_check_known_urls,
  };
}

function buildIdentity(settings: Settings): IdentityConfiguration {
  const users = new Map<string, UserConfiguration[]>();
  for (const name of allAccounts(settings)) users.set(name, []);
  for (const written of writtenUsers(settings)) {
    const { user = null, password = null, nkey = null, connectionTypes } = written;
    users.get(written.account)?.push({
      user,
      password,
      nkey,
      ...(connectionTypes.length === 0 ? {} : { connectionTypes }),
      permissions: permissionsOf(written.permissions),
    });
  }
  const accounts: AccountConfiguration[] = [...users].map(([name, of]) => ({
    name,
    users: of,
    ...limitsOf(settings, name),
  }));
  return {
    accounts,
    traffic: buildTraffic(settings),
    systemAccount: settings.system_account,
    noAuthUser: settings.no_auth_user ?? null,
    token: settings.authorization?.token ?? null,
    operator: null,
  };
}

/** Nothing where the account has none. */
function limitsOf({ accounts }: Settings, name: string): Pick<AccountConfiguration, "limits"> {
  if (accounts === undefined || Array.isArray(accounts) || !Object.hasOwn(accounts, name)) return {};
  const { limits } = accounts[name]!;
  if (limits === undefined) return {};
  const {
    max_connections: connections = -1,
    max_leafnodes: leafs = -1,
    max_subscriptions: subs = -1,
    max_payload: payload = -1,
  } = limits;
  return { limits: { connections, leafs, subs, payload } };
}

/** The accounts that leafs are bound to are there from the start; the others come with their JWTs. */
function operated({ leafnodes }: Settings, operator: OperatorConfiguration): IdentityConfiguration {
  const systemAccount = operator.trust.systemAccount ?? SYSTEM_ACCOUNT;
  const bound = (leafnodes?.remotes ?? []).map(({ account }) => account ?? GLOBAL_ACCOUNT);
  const names = [...new Set([GLOBAL_ACCOUNT, ...bound, systemAccount])];
  const accounts = names.map((name) => ({ name, users: [] }));
  return { accounts, traffic: [], systemAccount, noAuthUser: null, token: null, operator };
}

function basePath(written: string): string {
  const inner = written.split("/").filter((part) => part !== "");
  return inner.length === 0 ? "" : `/${inner.join("/")}`;
}
