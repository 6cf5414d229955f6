// Passwords that whoever sees the file can use, although a hash or a key would do; and one token for all.

import type { Path, Places } from "./places.ts";
import { dangerOnFirst } from "./rules-dangers-first.ts";
import { othersOf } from "./rules-dangers-gateway.ts";
import type { Listener } from "./rules-dangers-reach.ts";
import { urlsOf } from "./rules-gateway.ts";
import type { LeafSettings, Settings } from "./schema.ts";
import { writtenUsers } from "./users.ts";

const HASHED = /^\$2[abxy]\$/;

export function warnOfPlainSecrets(settings: Settings, listeners: readonly Listener[], places: Places): void {
  const reaches = (is: Listener["is"]): boolean => listeners.some((one) => one.is === is && one.isPublic);
  const { leafnodes, authorization } = settings;
  const ownLeafs = leafnodes === undefined ? [] : leafUsers(leafnodes);
  const isForClients =
    reaches("clients") || (ownLeafs.length === 0 && (reaches("leafs") || reaches("webSocket")));
  const plain: Path[] = [];
  const take = (password: string | undefined, path: Path): void => {
    // What comes from a variable does not stand in the file.
    if (password === undefined || HASHED.test(password) || places.get(path)?.variable) return;
    plain.push(path);
  };
  if (isForClients) {
    for (const { password, path } of writtenUsers(settings)) take(password, [...path, "password"]);
    if (authorization?.token !== undefined) {
      const message = "one token for all: it cannot be taken from one of them alone; write users in accounts";
      places.danger("shared-token", ["authorization", "token"], message);
    }
  }
  if (reaches("leafs") || reaches("webSocket")) {
    for (const { password, path } of ownLeafs) take(password, path);
  }
  if (reaches("gateways") && mayGatewayHash(settings)) {
    take(settings.gateway?.authorization?.password, ["gateway", "authorization", "password"]);
  }
  const message =
    "a password in plain text; write its bcrypt hash ($2a$...), an nkey, or $NAME of a variable";
  dangerOnFirst("plain-password", plain, message, places);
}

interface Secret {
  readonly password: string | undefined;
  readonly path: Path;
}

function leafUsers({ authorization }: LeafSettings): Secret[] {
  if (authorization === undefined) return [];
  const path: Path = ["leafnodes", "authorization"];
  const { user, nkey, password, users = [] } = authorization;
  const single = user !== undefined || nkey !== undefined ? [{ password, path: [...path, "password"] }] : [];
  return [
    ...single,
    ...users.map((entry, at) => ({ password: entry.password, path: [...path, "users", at, "password"] })),
  ];
}

/** The same password is sent to remotes whose URL has none, and a hash cannot be sent. */
function mayGatewayHash({ gateway }: Settings): boolean {
  return (
    gateway !== undefined &&
    othersOf(gateway).every((other) => urlsOf(other).every(({ user }) => user !== null))
  );
}
