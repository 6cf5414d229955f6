// Users of a scoped signing key: what they may do stands in the account, with places that are filled in from
// their names and tags. Source: client-and-auth.md §4.2.

import { bytesOf } from "../base/bytes.ts";
import { isValidSubject } from "../subject/subject.ts";
import { TEMPLATE_CHARACTERS_MAX, TEMPLATE_SUBJECTS_MAX } from "./bounds.ts";
import type { AccountClaims, UserClaims } from "./claims.ts";
import type { Permission } from "./permission.ts";
import { isRefusal, quoted, type Refusal, refuse } from "./refusal.ts";
import type { UserRights } from "./rights.ts";

/** The rights of a template, filled in. Fails where a deny entry would be lost, and where a place is unknown.
 *  */
export function filledIn(
  template: UserRights,
  user: UserClaims,
  account: AccountClaims,
): UserRights | Refusal {
  const publish = permission(template.permissions.publish, user, account);
  if (isRefusal(publish)) return publish;
  const subscribe = permission(template.permissions.subscribe, user, account);
  if (isRefusal(subscribe)) return subscribe;
  return { ...template, permissions: { ...template.permissions, publish, subscribe } };
}

/** When nothing is left of what was allowed, nothing is allowed. */
function permission(
  { allow, deny }: Permission,
  user: UserClaims,
  account: AccountClaims,
): Permission | Refusal {
  const allowed = allow === null ? [] : entriesOf(allow, user, account, false);
  if (isRefusal(allowed)) return allowed;
  const denied = entriesOf(deny, user, account, true);
  if (isRefusal(denied)) return denied;
  const isLost = allow !== null && allow.length > 0 && allowed.length === 0;
  return { allow: allow === null ? null : allowed, deny: isLost ? [...denied, ">"] : denied };
}

const PLACE = /\{\{([^}]+)\}\}/g;
const hasPlace = (entry: string): boolean => entry.search(PLACE) >= 0;

/** An entry that becomes no valid subject is left out of what is allowed, and an error in what is denied. */
function entriesOf(
  list: readonly string[],
  user: UserClaims,
  account: AccountClaims,
  isDeny: boolean,
): readonly string[] | Refusal {
  if (!list.some(hasPlace)) return list;
  const filled: string[] = [];
  let characters = 0;
  for (const entry of list) {
    const places = placesOf(entry, user, account, isDeny);
    if (isRefusal(places)) return places;
    const count = places.reduce((product, { values }) => product * values.length, 1);
    if (filled.length + count > TEMPLATE_SUBJECTS_MAX) return tooMany();
    for (let number = 0; number < count; number++) {
      const subject = combination(entry, places, number);
      characters += subject.length;
      if (characters > TEMPLATE_CHARACTERS_MAX) return tooMany();
      if (isSubject(subject)) filled.push(subject);
      else if (isDeny) return refuse("template", `${quoted(entry)} becomes no valid subject`);
    }
  }
  return filled;
}

const tooMany = (): Refusal => refuse("template", "a template becomes too many subjects");

function isSubject(text: string): boolean {
  const bytes = bytesOf(text);
  return isValidSubject(bytes, 0, bytes.length);
}

interface Place {
  /** With its braces. */
  readonly text: string;
  readonly values: readonly string[];
}

/** The `number`th way to fill in all places, the last one changing fastest. */
function combination(entry: string, places: readonly Place[], number: number): string {
  let rest = number;
  const chosen = places.map(() => "");
  for (let i = places.length - 1; i >= 0; i--) {
    const { values } = places[i]!;
    chosen[i] = values[rest % values.length]!;
    rest = Math.floor(rest / values.length);
  }
  return places.reduce((subject, { text }, i) => subject.replaceAll(text, () => chosen[i]!), entry);
}

/** What no subject can hold: the entry is left out. */
const NOTHING = [" "];

function placesOf(
  entry: string,
  user: UserClaims,
  account: AccountClaims,
  isDeny: boolean,
): readonly Place[] | Refusal {
  const places: Place[] = [];
  let count = 1;
  for (const [text, inner = ""] of entry.matchAll(PLACE)) {
    const values = valuesOf(inner.trim(), user, account);
    if (values === null) return refuse("template", `${quoted(text)} in ${quoted(entry)} is not defined`);
    if (values.length === 0 && isDeny) return refuse("template", `no tag for ${quoted(text)}`);
    const found = values.length === 0 ? NOTHING : values;
    count *= found.length;
    if (count > TEMPLATE_SUBJECTS_MAX) return tooMany();
    places.push({ text, values: found });
  }
  return places;
}

const TAG = /^(account-)?tag\((.*)\)$/i;

/** null when nobody knows the function. */
function valuesOf(call: string, user: UserClaims, account: AccountClaims): readonly string[] | null {
  switch (call.toLowerCase()) {
    case "name()":
      return [user.name];
    case "subject()":
      return [user.subject];
    case "account-name()":
      return [account.name];
    case "account-subject()":
      return [account.subject];
  }
  const tag = TAG.exec(call);
  if (tag === null) return null;
  const prefix = `${tag[2]!.toLowerCase()}:`;
  const tags = tag[1] === undefined ? user.tags : account.tags;
  return tags.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length));
}
