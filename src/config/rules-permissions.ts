// Permissions that are legal and may mean another thing than they seem to.

import type { Path, Places } from "./places.ts";
import type { Settings } from "./schema.ts";
import type { PermissionsSettings } from "./schema-permissions.ts";

export function checkPermissions(settings: Settings, places: Places): void {
  for (const { permissions, path } of writtenPermissions(settings)) {
    for (const key of ["publish", "subscribe"] as const) {
      const rule = permissions[key];
      const here = [...path, key];
      if (Array.isArray(rule)) checkEmpty(rule, here, places);
      else if (typeof rule === "object") checkEmpty(rule.allow, [...here, "allow"], places);
    }
  }
  const { authorization } = settings;
  if (authorization?.user === undefined || authorization.default_permissions === undefined) return;
  const message = "without effect on the only user, as in nats-server; move the user to a list of users";
  places.onKey(["authorization", "default_permissions"], message, "warning");
}

/** It looks as if it allowed nothing. */
function checkEmpty(allow: string | readonly string[] | undefined, path: Path, places: Places): void {
  if (allow === undefined || allow.length > 0 || !places.isMissing([...path, 0])) return;
  const message = 'an empty list allows everything, as in nats-server; write deny: ">" for nothing';
  places.onValue(path, message, "warning");
}

interface WrittenPermissions {
  readonly permissions: PermissionsSettings;
  readonly path: Path;
}

/** Every block of permissions, where it was written. */
function writtenPermissions(settings: Settings): WrittenPermissions[] {
  const { authorization, accounts } = settings;
  const found: WrittenPermissions[] = [];
  const add = (permissions: PermissionsSettings | undefined, path: Path): void => {
    if (permissions !== undefined) found.push({ permissions, path });
  };
  const addBlock = (block: NonNullable<typeof authorization> | AccountSettings, path: Path): void => {
    add(block.default_permissions, [...path, "default_permissions"]);
    for (const [at, user] of (block.users ?? []).entries()) {
      add(user.permissions, [...path, "users", at, "permissions"]);
    }
  };
  if (authorization !== undefined) addBlock(authorization, ["authorization"]);
  if (accounts === undefined || Array.isArray(accounts)) return found;
  for (const [name, block] of Object.entries(accounts)) addBlock(block, ["accounts", name]);
  return found;
}

type AccountSettings = Exclude<NonNullable<Settings["accounts"]>, unknown[]>[string];
