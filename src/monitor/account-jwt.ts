// What the views show of accounts and users that are JWTs. Source: monitoring.md, nats-server 2.15.

import type { Identity } from "../auth/login.ts";
import type { Core } from "../core/core.ts";
import { type Document, omitEmpty } from "./document.ts";
import { timeText } from "./format.ts";

const MILLIS = 1_000;

/** The name that an account has for people; of one without a JWT, its only one. */
export function nameTag(core: Core, account: string): string {
  return core.operator?.account(account)?.claims.name || account;
}

/** Fields of /accountz for one account; none when it is configured. */
export function accountFields(core: Core, account: string): Document {
  const known = core.operator?.account(account) ?? null;
  if (known === null) return {};
  const { claims, jwt, takenAt } = known;
  const isOver = claims.expires > 0 && claims.expires * MILLIS <= core.world.clock.now();
  const revoked = [...claims.revocations].map(([key, since]) => [key, timeText(since * MILLIS)]);
  return {
    update_time: timeText(takenAt),
    expired: isOver,
    jwt,
    issuer_key: claims.issuer,
    ...omitEmpty({ tags: claims.tags }),
    decoded_jwt: decoded(jwt),
    ...(revoked.length === 0 ? {} : { revoked_user: Object.fromEntries(revoked) }),
  };
}

/** Fields of /connz for one connection. The JWT of a bearer is all that one needs to come in, so it is not
 *  shown, which nats-server does. */
export function identityFields(identity: Identity | null): Document {
  if (identity === null) return {};
  const { user, jwt } = identity;
  return omitEmpty({ jwt: user.bearer ? "" : jwt, issuer_key: user.issuer, tags: user.tags });
}

/** The claims as they were written. */
function decoded(jwt: string): unknown {
  return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8"));
}
