// How a document of monitoring differs from nats-server's: fields that are missing, that have another type,
// or that are ours alone. What may differ stands here with its reason.

type Allowed = readonly [path: RegExp, reason: string];

/** Fields of nats-server that the box leaves out, by endpoint and path; entries of lists and of maps whose
 *  keys are names stand as *. */
const MISSING: readonly Allowed[] = [
  [/^\/varz\.feature_flags$/, "flags of JetStream"],
  [/^\/varz\.disk_io_wait_stats$/, "no disk is waited for"],
  [
    /\.(num_(cache|inserts|removes|matches)|cache_hit_rate|(max|avg)_fanout)$/,
    "of an index that is not ours",
  ],
  [/^\/accountz\.account_detail\.update_time$/, "accounts change with the configuration; /varz has its time"],
  [/^\/accountz\.account_detail\.imports$/, "those of nats-server's own requests; ours need no import"],
  [/\.interest_only_threshold$/, "0 here: whoever can is told all interest at once"],
  [/^\/debug\/vars\.memstats\./, "figures of Go's memory"],
  [/^\/debug\/vars\.cmdline\[\]$/, "arguments may be secrets"],
];

/** Fields of the box that nats-server does not have. */
const MORE: readonly Allowed[] = [
  [/^\/varz\.connect_urls$/, "what clients are told; without a cluster nats-server leaves it out here alone"],
  [/^\/varz\.(gateway|leaf)\.write_deadline$/, "what counts, also where it is that of clients"],
  [/^\/varz\.websocket\.(handshake_timeout|auth_timeout)$/, "what counts, also where it is not written"],
  [/^\/varz\.metadata$/, "the product beside the version of nats-server that it speaks for"],
  [/^\/leafz\.remotes$/, "hubs that are down have no link to be shown by"],
  [/\.(urls|history|state|reconnects|last_error|last_close|next_attempt)$/, "what became of a remote"],
  [/\.(server_name|remote_id|version|remote_cluster|remote_account|authorized_user|url)$/, "who is there"],
  [/\.(solicited|remote|start|last_activity|uptime|idle)$/, "of a leaf as of a client"],
  [/\.(pending_bytes|pending_age_ms|dropped|dropped_too_large|refused|loops)$/, "what waits and was lost"],
  [/\.(suppressed|unwanted|refused_\w+)$/, "what did not cross"],
  [/\.(mode|messages|bytes|wire_bytes|transitions\w*|last_transition\w*|transition_causes)$/, "an account's"],
  [/\.(modes|mode_history)$/, "which modes accounts went through"],
  [/\.((in|out)_(wire_bytes|compression_ratio|saved_bytes)|saved_bytes)$/, "what compression does"],
];

/** Maps whose keys are names, paths or ids. */
const NAMED = /^(outbound_gateways|inbound_gateways|http_req_stats|metadata)$/;

type Kinds = Map<string, string>;

/** One line for each difference that has no reason above. */
export function differences(endpoint: string, ours: unknown, theirs: unknown): string[] {
  const [here, there]: [Kinds, Kinds] = [new Map(), new Map()];
  collect(ours, endpoint, here);
  collect(theirs, endpoint, there);
  const found: string[] = [];
  for (const [path, kind] of there) {
    const own = here.get(path);
    if (own === undefined) {
      if (!isAllowed(MISSING, path) && here.has(parentOf(path))) found.push(`${path} is missing (${kind})`);
    } else if (own !== kind) found.push(`${path} is ${own}, there ${kind}`);
  }
  for (const [path, kind] of here) {
    if (there.has(path) || isAllowed(MORE, path) || !there.has(parentOf(path))) continue;
    found.push(`${path} is ours alone (${kind})`);
  }
  return found;
}

function collect(value: unknown, path: string, into: Kinds): void {
  into.set(path, kindOf(value));
  if (Array.isArray(value)) for (const entry of value) collect(entry, `${path}[]`, into);
  else if (typeof value === "object" && value !== null) {
    const isNamed = NAMED.test(path.split(".").at(-1)!);
    for (const [name, inner] of Object.entries(value)) {
      collect(inner, isNamed ? `${path}.*` : `${path}.${name}`, into);
    }
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function parentOf(path: string): string {
  return path.replace(/(\[\]|\.[^.[\]]+)$/, "");
}

function isAllowed(allowed: readonly Allowed[], path: string): boolean {
  return allowed.some(([pattern]) => pattern.test(path));
}
