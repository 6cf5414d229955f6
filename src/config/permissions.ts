// Permissions as written, in any of their forms, to lists of subjects.

import type { Permission } from "../auth/permission.ts";
import type { AllowedResponses } from "../auth/rights.ts";
import type { PermissionsConfiguration } from "./config.ts";
import type { PermissionsSettings, RuleSettings } from "./schema-permissions.ts";

/** One subject, or several, as a list. */
export function subjectList(written: string | readonly string[] | undefined): readonly string[] {
  if (written === undefined) return [];
  return typeof written === "string" ? [written] : written;
}

export function permissionsOf(written: PermissionsSettings | undefined): PermissionsConfiguration | null {
  if (written === undefined) return null;
  const responses = responsesOf(written.allow_responses);
  // Whoever may answer, and is told of nothing else that it may send, may send nothing else.
  const isAnswererOnly = responses !== null && written.publish === undefined;
  return {
    publish: isAnswererOnly ? { allow: [], deny: [] } : ruleOf(written.publish),
    subscribe: ruleOf(written.subscribe),
    ...(responses === null ? {} : { responses }),
  };
}

/** What nats-server takes where only `true` is written. Source: nats-server 2.15, const.go. */
const RESPONSES = { max: 1, expiresMillis: 120_000 };

function responsesOf(written: PermissionsSettings["allow_responses"]): AllowedResponses | null {
  if (written === undefined || written === false) return null;
  if (written === true) return RESPONSES;
  return { max: written.max, expiresMillis: written.expires };
}

/** Subjects without allow or deny are those that are allowed; an empty list of them allows everything. */
function ruleOf(written: RuleSettings | undefined): Permission {
  const { allow, deny } = isBlock(written) ? written : { allow: written, deny: undefined };
  const allowed = subjectList(allow);
  return { allow: allowed.length === 0 ? null : allowed, deny: subjectList(deny) };
}

function isBlock(written: RuleSettings | undefined): written is RuleBlock {
  return typeof written === "object" && !Array.isArray(written);
}

type RuleBlock = Exclude<RuleSettings, string | string[]>;
