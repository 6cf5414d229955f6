// What is asked about one account or one user: who he is, and how many want a subject. Source: nats-server
// 2.15, events.go.

import { expiryOf } from "../auth/login.ts";
import type { Permission } from "../auth/permission.ts";
import { bytesOf } from "../base/bytes.ts";
import { ClientSession } from "../client/session.ts";
import type { Core } from "../core/core.ts";
import type { OwnMessage } from "../forward/own.ts";
import { Holder } from "../peer/kind.ts";
import { covers, matches } from "../subject/match.ts";
import { isLiteral, isValidSubject } from "../subject/subject.ts";
import { nameTag } from "./account-jwt.ts";
import { type Document, omitEmpty } from "./document.ts";
import { nanosOf } from "./format.ts";
import { parsedObject } from "./system-json.ts";
import { RequestError } from "./system-options.ts";

/** The account in `$SYS.REQ.ACCOUNT.<account>.<name>`. */
export function accountAsked(subject: string): string {
  return subject.split(".")[3] ?? "";
}

const REQUEST_INFO = /^Nats-Request-Info:\s*(\{.*\})\s*$/im;

/** Who a client is, for itself. Throws RequestError when the request does not say who asks. */
export function userInfo(core: Core, { headers }: OwnMessage): Document {
  const written = REQUEST_INFO.exec(Buffer.from(headers).toString("utf8"))?.[1] ?? "";
  const { id } = parsedObject(bytesOf(written));
  const session = typeof id === "number" ? core.sessions.get(id) : undefined;
  if (!(session instanceof ClientSession) || session.account === 0) throw new RequestError(400, "");
  const account = core.accountName(session.account);
  const until = expiryOf(session.identity);
  return {
    user: session.user,
    account,
    account_name: nameTag(core, account),
    ...omitEmpty({
      user_name: session.identity?.user.name,
      permissions: permissionsOf(session),
      expires: Number.isFinite(until) ? nanosOf(Math.max(0, until - core.now())) : 0,
    }),
  };
}

function permissionsOf(session: ClientSession): Document | null {
  if (session.in.isOpen && session.out.isOpen && session.answers === null) return null;
  const allowed = session.answers?.allowed;
  return {
    publish: listsOf(session.in),
    subscribe: listsOf(session.out),
    ...(allowed === undefined
      ? {}
      : { responses: { max: allowed.max, ttl: nanosOf(allowed.expiresMillis) } }),
  };
}

function listsOf(filter: { toPermission(): Permission }): Document {
  const { allow, deny } = filter.toPermission();
  return omitEmpty({ allow, deny });
}

/** How many clients and leafs of an account want a subject, or part of a pattern; null: no answer is due. */
export function countSubscribers(core: Core, payload: Uint8Array): number | null {
  const { acc, subject, queue } = parsedObject(payload);
  if (typeof acc !== "string" || typeof subject !== "string") return null;
  const account = core.accounts.idOf(acc);
  const bytes = bytesOf(subject);
  if (!core.hasAccount(account) || !isValidSubject(bytes, 0, bytes.length)) return null;
  const isConnected = [...core.clients].some((client) => client.account === account);
  if (!isConnected && core.leafsOf(account).length === 0) return null;
  const group = typeof queue === "string" ? Buffer.from(queue, "base64").toString("utf8") : null;
  const fits = isLiteral(bytes, 0, bytes.length)
    ? (pattern: Uint8Array) => matches(pattern, 0, pattern.length, bytes, 0, bytes.length)
    : (pattern: Uint8Array) => covers(bytes, 0, bytes.length, pattern, 0, pattern.length);
  return rowsOf(core, account, group, fits);
}

function rowsOf(
  core: Core,
  account: number,
  group: string | null,
  fits: (pattern: Uint8Array) => boolean,
): number {
  const { store, queues } = core;
  const cursor = store.cursor(account);
  let count = 0;
  for (let node = cursor.next(); node !== 0; node = cursor.next()) {
    const pattern = new Uint8Array(store.subjectLength(node));
    store.copySubject(node, pattern, 0);
    if (!fits(pattern)) continue;
    for (let at = store.nodeFirstGroup(node); at !== 0; at = store.nextGroup(at)) {
      const holder = store.groupClass(at);
      if (holder !== Holder.Client && holder !== Holder.Spoke) continue;
      if (group !== null && queues.text(store.groupQueue(at)) !== group) continue;
      count += store.groupCount(at);
    }
  }
  cursor.close();
  return count;
}
