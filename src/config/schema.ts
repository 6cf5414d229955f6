// Every key of a configuration: type, unit, default, whether it reloads, and one line of help.
// The keys are nats-server's own; what it knows and we do not yet is in unsupported.ts.

import type { z } from "zod";
import { block, key, keyOr } from "./keys.ts";
import {
  advertise,
  connectionRate,
  count,
  duration,
  flag,
  host,
  listen,
  logFormat,
  name,
  port,
  size,
  text,
} from "./kinds.ts";
import { ACCOUNTS, AUTHORIZATION } from "./schema-accounts.ts";
import { ADMIN } from "./schema-admin.ts";
import { GATEWAY } from "./schema-gateway.ts";
import { LEAFNODES } from "./schema-leaf.ts";
import { CLIENT_TLS } from "./schema-leaf-tls.ts";
import { OPERATOR_KEYS } from "./schema-operator.ts";
import { MAPPINGS } from "./schema-traffic.ts";
import { WEBSOCKET } from "./schema-websocket.ts";
import { UNSUPPORTED_CLUSTER, UNSUPPORTED_TOP } from "./unsupported.ts";

const INT32_MAX = 2 ** 31 - 1;
const HOUR_MILLIS = 3_600_000;

/** nats-server refuses a lame duck period below this, since clients need the time to go elsewhere. */
const LAME_DUCK_MILLIS_MIN = 30_000;

const CLUSTER = block(
  {
    name: key(name("the name of this cluster", "region-a"), {
      help: "Name of this cluster; with a gateway it must be gateway.name.",
      reload: false,
    }),
  },
  UNSUPPORTED_CLUSTER,
);

const IDENTITY = {
  server_name: key(name("a name for this box", "isthmus-1"), {
    help: "Name of this box, unique among all servers of all regions (absent: a generated id).",
    reload: false,
  }),
  cluster: key(CLUSTER, {
    help: "The cluster this box belongs to; routes are not supported yet.",
    reload: false,
  }),
};

const CLIENTS = {
  host: key(host(), {
    help: "Address to accept clients on (absent: 127.0.0.1).",
    reload: true,
    aliases: ["net"],
  }),
  port: keyOr(port(), 4222, { help: "Port to accept clients on; -1 takes any free one.", reload: true }),
  listen: key(listen(), { help: "host:port to accept clients on, in place of host and port.", reload: true }),
  client_advertise: key(advertise(), {
    help: "host or host:port that clients are told to connect to (absent: the listen address).",
    reload: true,
  }),
  tls: key(CLIENT_TLS, {
    help: "TLS of clients, and the certificate of https (absent: clients speak in clear).",
    reload: true,
  }),
  allow_non_tls: keyOr(flag(), false, {
    help: "Beside tls, serves clients in clear as well that do not begin with TLS.",
    reload: true,
  }),
  max_connections: keyOr(count("connections", { min: -1, max: INT32_MAX }), "64Ki", {
    help: "Clients that may be connected at one time; 0 and -1 admit none.",
    reload: true,
    aliases: ["max_conn"],
  }),
  connection_rate: key(connectionRate(), {
    help: "Clients that may come in a second; more are sent away at once (absent: any number).",
    reload: true,
  }),
  max_payload: keyOr(size({ min: 1, max: INT32_MAX }), "1MB", {
    help: "Largest message a client may publish, headers included.",
    reload: true,
  }),
  max_control_line: keyOr(size({ min: 128, max: INT32_MAX }), "4KB", {
    help: "Longest protocol line of a client, without the payload.",
    reload: true,
  }),
  max_pending: keyOr(size({ min: 1024, max: 16 * 1024 ** 3 }), "64MB", {
    help: "Bytes that may wait for one client before it is cut off as a slow consumer.",
    reload: true,
  }),
  max_subscriptions: keyOr(count("subscriptions", { min: -1, max: INT32_MAX }), 0, {
    help: "Subscriptions a client may have at one time; 0 and -1 set no limit.",
    reload: true,
    aliases: ["max_subs"],
  }),
  max_sub_tokens: key(count("tokens", { min: 1, max: 255 }), {
    help: "Tokens a subscription's subject may have (absent: no limit).",
    reload: true,
    aliases: ["max_subscription_tokens"],
  }),
  write_deadline: keyOr(duration({ min: 1, max: HOUR_MILLIS }), "10s", {
    help: "Time for a client to take what is sent before it is cut off as a slow consumer.",
    reload: true,
  }),
  ping_interval: keyOr(duration({ min: 100, max: 24 * HOUR_MILLIS }), "2m", {
    help: "Time between PINGs to a client; gateways are pinged at least every 15s.",
    reload: true,
  }),
  ping_max: keyOr(count("PINGs", { min: 1, max: 1000 }), 2, {
    help: "Unanswered PINGs after which a connection is stale and closed.",
    reload: true,
  }),
};

const IDENTITIES = {
  authorization: key(AUTHORIZATION, {
    help: "Users without an account of their own, and times.",
    reload: true,
  }),
  accounts: key(ACCOUNTS, { help: "Accounts: subjects of one are never seen in another.", reload: true }),
  mappings: key(MAPPINGS, {
    help: "The same as mappings of an account, for account $G.",
    reload: true,
    aliases: ["maps"],
  }),
  no_auth_user: key(text("a user name", "alice"), {
    help: "User that clients without credentials become (absent: they are refused once there are users).",
    reload: true,
  }),
  system_account: keyOr(name("an account name", "SYS"), "$SYS", {
    help: "Account of system events and requests, with operator its public key; the same everywhere.",
    reload: false,
    aliases: ["system"],
  }),
};

const MONITORING = {
  http: key(listen(), { help: "host:port to serve monitoring on (absent: none).", reload: true }),
  http_port: key(port(), {
    help: "Port to serve monitoring on at the clients' host, in place of http.",
    reload: true,
    aliases: ["monitor_port"],
  }),
  https: key(listen(), {
    help: "host:port to serve monitoring on with the certificate of tls (absent: none).",
    reload: true,
  }),
  https_port: key(port(), {
    help: "Port to serve monitoring on with TLS at the clients' host, in place of https.",
    reload: true,
  }),
  http_base_path: keyOr(text("a path", "/nats"), "/", {
    help: "Path before the monitoring endpoints.",
    reload: true,
  }),
};

const LOGGING = {
  debug: keyOr(flag(), false, { help: "Logs what the box does.", reload: true }),
  trace: keyOr(flag(), false, {
    help: "Logs every protocol line that comes in, without payloads; slow.",
    reload: true,
  }),
  trace_verbose: keyOr(flag(), false, {
    help: "Accepted for nats-server's sake: trace shows the system account as it is.",
    reload: true,
  }),
  logtime: keyOr(flag(), true, { help: "Begins each log line with the time.", reload: true }),
  log_format: keyOr(logFormat(), "text", {
    help: "text, as nats-server writes it, or json: one object a line.",
    reload: true,
  }),
  log_file: key(text("a file name", "isthmus.log"), {
    help: "File to log to (absent: standard error).",
    reload: true,
    aliases: ["logfile"],
  }),
  log_size_limit: key(size({ min: 1024, max: 1024 ** 4 }), {
    help: "Size at which log_file is set aside under a name with the time (absent: never).",
    reload: true,
    aliases: ["logfile_size_limit"],
  }),
  log_max_num: key(count("files", { min: 1, max: 100_000 }), {
    help: "Log files that are kept, the open one included (absent: all).",
    reload: true,
    aliases: ["logfile_max_num"],
  }),
};

const PROCESS = {
  admin: key(ADMIN, {
    help: "Socket by which the box is told what to do: reload, stop, tap and more (absent: none).",
    reload: false,
  }),
  pid_file: key(text("a file name", "isthmus.pid"), {
    help: "File that holds the process id while the box runs.",
    reload: true,
    aliases: ["pidfile"],
  }),
  ports_file_dir: key(text("a folder", "/run/isthmus"), {
    help: "Folder for isthmus_<pid>.ports, which tells as JSON where the box listens while it runs.",
    reload: true,
  }),
  lame_duck_duration: keyOr(duration({ min: LAME_DUCK_MILLIS_MIN, max: 24 * HOUR_MILLIS }), "2m", {
    help: "Time over which a box that is to go (USR2) sends its clients and leafs elsewhere.",
    reload: true,
  }),
  lame_duck_grace_period: keyOr(duration({ min: 0, max: 24 * HOUR_MILLIS }), "10s", {
    help: "Time of it before the first one is sent, so that other boxes can be told to go too.",
    reload: true,
  }),
};

const PEERS = {
  gateway: key(GATEWAY, { help: "Links to other regions (absent: none).", reload: true }),
  leafnodes: key(LEAFNODES, {
    help: "Leaf nodes: who may be a leaf of ours, and whose leaf we are (absent: none).",
    reload: true,
    aliases: ["leaf"],
  }),
  websocket: key(WEBSOCKET, {
    help: "Accepts clients and leafs over WebSocket as well (absent: over TCP only).",
    reload: true,
    aliases: ["ws"],
  }),
};

/** The keys of the file by what they are about, for documents; a file has them side by side. */
export const CHAPTERS: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  "This box": IDENTITY,
  Peers: PEERS,
  Clients: CLIENTS,
  "Accounts and users": IDENTITIES,
  "Operator mode": OPERATOR_KEYS,
  Monitoring: MONITORING,
  Logging: LOGGING,
  "The process": PROCESS,
};

export const SETTINGS = block(
  {
    ...IDENTITY,
    ...CLIENTS,
    ...IDENTITIES,
    ...OPERATOR_KEYS,
    ...PEERS,
    ...MONITORING,
    ...LOGGING,
    ...PROCESS,
  },
  UNSUPPORTED_TOP,
);

/** A configuration as read: keys of the file with parsed values, defaults filled in where a key has one. */
export type Settings = z.output<typeof SETTINGS>;
export type GatewaySettings = NonNullable<Settings["gateway"]>;
export type RemoteSettings = NonNullable<GatewaySettings["gateways"]>[number];
export type LeafSettings = NonNullable<Settings["leafnodes"]>;
export type LeafRemoteSettings = NonNullable<LeafSettings["remotes"]>[number];
export type WebSocketSettings = NonNullable<Settings["websocket"]>;
