// What must be true of the gateway block as a whole, beyond each value's own kind.

import type { GatewayUrl } from "./address.ts";
import type { Path, Places } from "./places.ts";
import { checkChoices, checkListener, checkPair } from "./rules-listener.ts";
import type { GatewaySettings, RemoteSettings, Settings } from "./schema.ts";
import { allAccounts } from "./users.ts";

const HERE: Path = ["gateway"];

/** nats-server uses this name inside for "no cluster". */
export const RESERVED_CLUSTER_NAME = "_";

/** The entry of gateways whose rules hold for all remotes that have none of their own. */
export const ALL_OTHERS = "*";

const HASHED = /^\$2[abxy]\$/;

export function checkGateway(settings: Settings, places: Places): void {
  const { gateway } = settings;
  if (gateway === undefined) return;
  checkName(settings, gateway, places);
  checkListener(gateway, { path: HERE, at: HERE, who: "gateways are accepted" }, places);
  checkAuthorization(gateway, places);
  checkTls(gateway, places);
  checkRemotes(settings, gateway, places);
}

/** Every URL of a remote, `url` first. */
export function urlsOf(remote: RemoteSettings): GatewayUrl[] {
  return [...(remote.url === undefined ? [] : [remote.url]), ...(remote.urls ?? [])];
}

function checkName(settings: Settings, gateway: GatewaySettings, places: Places): void {
  const path = [...HERE, "name"];
  if (places.isMissing(path)) places.onValue(path, "the gateway has no name; write name: region-a");
  if (gateway.name === RESERVED_CLUSTER_NAME) places.onValue(path, "the name _ is reserved");
  const cluster = settings.cluster?.name;
  if (cluster === undefined || gateway.name === undefined || cluster === gateway.name) return;
  places.onValue(
    ["cluster", "name"],
    `differs from gateway.name, which is ${gateway.name}; they must be the same`,
  );
}

function checkAuthorization(gateway: GatewaySettings, places: Places): void {
  const { authorization } = gateway;
  if (authorization === undefined) return;
  const path = [...HERE, "authorization"];
  const { user, password } = authorization;
  const isMapped = gateway.tls?.verify_and_map === true;
  if (user === undefined && password !== undefined && places.isMissing([...path, "user"])) {
    places.onValue([...path, "user"], "a password without a user; write user: NAME");
  }
  if (user !== undefined && password === undefined && !isMapped && places.isMissing([...path, "password"])) {
    places.onValue([...path, "password"], 'a user without a password; write password: "..."');
  }
  if (password === undefined || !HASHED.test(password)) return;
  const needy = (gateway.gateways ?? []).some((remote) => {
    return remote.name !== gateway.name && urlsOf(remote).some((url) => url.user === null);
  });
  if (!needy) return;
  const message = "a hash cannot be sent to remote gateways; give their URLs a user and password";
  places.onValue([...path, "password"], message, "warning");
}

function checkTls(gateway: GatewaySettings, places: Places): void {
  const { tls } = gateway;
  const path = [...HERE, "tls"];
  if (tls === undefined) return;
  checkPair(path, places);
  checkChoices(tls, path, places);
  for (const key of ["cert_file", "key_file"]) {
    if (places.isMissing([...path, "cert_file"]) && places.isMissing([...path, "key_file"])) {
      places.onValue([...path, key], `gateways show each other certificates; write ${key}: FILE`);
    }
  }
  if (!tls.verify) places.onValue([...path, "verify"], "without effect: gateways always verify", "warning");
  if (tls.insecure) places.onValue([...path, "insecure"], "peers' certificates are not verified", "warning");
  if (tls.verify_and_map && places.isMissing([...HERE, "authorization", "user"])) {
    places.onValue(
      [...path, "verify_and_map"],
      "needs authorization.user, which a peer's certificate must name",
    );
  }
  if (tls.verify_cert_and_check_known_urls && (gateway.gateways ?? []).length === 0) {
    const message = "needs gateways, whose hosts a peer's certificate must name";
    places.onValue([...path, "verify_cert_and_check_known_urls"], message);
  }
}

function checkRemotes(settings: Settings, gateway: GatewaySettings, places: Places): void {
  const first = new Map<string, number>();
  for (const [at, remote] of (gateway.gateways ?? []).entries()) {
    const path = [...HERE, "gateways", at];
    if (places.isMissing([...path, "name"]))
      places.onValue([...path, "name"], "a remote gateway needs a name; write name: region-b");
    if (remote.tls !== undefined) {
      checkPair([...path, "tls"], places);
      checkChoices(remote.tls, [...path, "tls"], places);
    }
    if (remote.name !== undefined) {
      const before = first.get(remote.name);
      if (before === undefined) first.set(remote.name, at);
      else
        places.onValue(
          [...path, "name"],
          `the gateway ${remote.name} is listed already, as gateways[${before}]`,
        );
    }
    if (remote.name !== ALL_OTHERS) checkUrls(gateway, remote, path, places);
    else if (urlsOf(remote).length > 0) places.onValue(path, 'the entry "*" holds rules only, and no URL');
    checkAccounts(settings, remote, path, places);
  }
}

/** A rule for an account that does not exist is a mistake that lets nothing cross. */
function checkAccounts(settings: Settings, remote: RemoteSettings, path: Path, places: Places): void {
  const known = allAccounts(settings);
  for (const name of Object.keys(remote.accounts ?? {})) {
    if (!known.includes(name)) places.onKey([...path, "accounts", name], `there is no account ${name}`);
  }
}

function checkUrls(gateway: GatewaySettings, remote: RemoteSettings, path: Path, places: Places): void {
  const [one, many] = [
    [...path, "url"],
    [...path, "urls"],
  ];
  const isEmpty = remote.urls !== undefined && remote.urls.length === 0 && places.isMissing([...many, 0]);
  if (places.isMissing(one) && (places.isMissing(many) || isEmpty)) {
    places.onValue(many, 'a remote gateway needs a URL; write urls: ["nats://host:7222"]');
  }
  const isPlain = gateway.tls === undefined && remote.tls === undefined && remote.name !== gateway.name;
  const seen = new Set<string>();
  for (const { scheme, host, port } of urlsOf(remote)) {
    if (isPlain && scheme === "tls") {
      places.onValue(
        remote.urls === undefined ? one : many,
        "a tls:// URL needs gateway.tls or a tls block beside it",
      );
    }
    const address = `${host.toLowerCase()}:${port}`;
    if (seen.has(address)) places.onValue(many, `${address} is listed twice`, "warning");
    seen.add(address);
  }
}
