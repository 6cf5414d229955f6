// The system account sees and steers all servers, so nobody should be in it who only wants messages.

import type { Places } from "./places.ts";
import type { Settings } from "./schema.ts";
import { isOperated, writtenUsers } from "./users.ts";

export function warnOfSharedSystemAccount(settings: Settings, places: Places): void {
  const { system_account: system, leafnodes, websocket, authorization } = settings;
  const users = writtenUsers(settings);
  const inside = users.filter(({ account }) => account === system);
  const isIn = (name: string | undefined): boolean => {
    return name !== undefined && inside.some(({ user }) => user === name);
  };
  const why = `is in the system account, ${system}, which sees and steers all servers`;
  if (isIn(settings.no_auth_user)) {
    const message = `whoever comes without credentials ${why}; write a user of another account`;
    places.danger("system-account", ["no_auth_user"], message);
  }
  if (isIn(websocket?.no_auth_user)) {
    const message = `whoever comes without credentials ${why}; write a user of another account`;
    places.danger("system-account", ["websocket", "no_auth_user"], message);
  }
  if (leafnodes?.authorization?.account === system) {
    const message = `every such leaf ${why}; write another account`;
    places.danger("system-account", ["leafnodes", "authorization", "account"], message);
  }
  // Somebody uses the box, and no other account lets him in.
  const hasOthers = users.length > inside.length || authorization?.token !== undefined;
  if (inside.length === 0 || hasOthers || isOperated(places)) return;
  const message = `all users are in the system account, ${system}; give applications an account of their own`;
  places.danger("system-account", inside[0]!.path, message);
}
