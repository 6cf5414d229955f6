// What a user's claims must be like to count at all, in nats-server's words. Source: client-and-auth.md §4.2.

import { parseBlock } from "./cidr.ts";
import type { UserClaims } from "./claims.ts";
import { isPublicKey } from "./nkey.ts";
import { cut, quoted } from "./refusal.ts";
import type { PermissionClaims, UserRights } from "./rights.ts";
import { subjectFaults } from "./subject-rules.ts";
import { isTimeZone, parseTimeOfDay } from "./time-of-day.ts";

/** All that is wrong; none of it has to do with when it is asked. */
export function userFaults(claims: UserClaims): string[] {
  const faults = [...permissionFaults(claims.rights.permissions), ...rightFaults(claims.rights)];
  if (claims.issuerAccount !== "" && !isPublicKey(claims.issuerAccount, "account")) {
    faults.push("account_id is not an account public key");
  }
  if (!isPublicKey(claims.subject, "user")) faults.push("subject is not a user public key");
  return faults;
}

export function permissionFaults({ publish, subscribe }: PermissionClaims): string[] {
  const ofList = (list: readonly string[] | null, mayHaveQueue: boolean): string[] =>
    (list ?? []).flatMap((entry) => entryFaults(entry, mayHaveQueue));
  return [
    ...ofList(subscribe.allow, true),
    ...ofList(subscribe.deny, true),
    ...ofList(publish.allow, false),
    ...ofList(publish.deny, false),
  ];
}

/** A subject, or in what is subscribed to a subject and a queue. */
function entryFaults(entry: string, mayHaveQueue: boolean): string[] {
  const words = entry.split(" ");
  if (words.length > 2) return [`Permission Subject ${quoted(entry)} contains too many spaces`];
  const faults = words.flatMap(subjectFaults);
  if (words.length === 2 && !mayHaveQueue) {
    faults.push(`Permission Subject ${quoted(entry)} is not allowed to contain queue`);
  }
  return faults;
}

function rightFaults({ sources, times, timeZone }: UserRights): string[] {
  const faults: string[] = [];
  for (const source of sources) {
    if (parseBlock(source) === null) faults.push(`invalid cidr ${quoted(source)} in user src limits`);
  }
  for (const { start, end } of times) {
    if (start === "") faults.push("time ranges start must contain a start");
    else if (parseTimeOfDay(start) === null) faults.push(`start in time range is invalid ${quoted(start)}`);
    if (end === "") faults.push("time ranges end must contain an end");
    else if (parseTimeOfDay(end) === null) faults.push(`end in time range is invalid ${quoted(end)}`);
  }
  if (timeZone !== "" && !isTimeZone(timeZone)) {
    faults.push(`could not parse iana time zone by name: unknown time zone ${cut(timeZone)}`);
  }
  return faults;
}
