// Permissions as written, in any of their forms, to lists of subjects.

import type { Permission } from "../auth/permission.ts";
import type { PermissionsConfiguration } from "./config.ts";
import type { PermissionsSettings, RuleSettings } from "./schema-permissions.ts";

/** One subject, or several, as a list. */
export function subjectList(written: string | readonly string[] | undefined): readonly string[] {
  if (written === undefined) return [];
  return typeof written === "string" ? [written] : written;
}

export function permissionsOf(written: PermissionsSettings | undefined): PermissionsConfiguration | null {
  if (written === undefined) return null;
  return { publish: ruleOf(written.publish), subscribe: ruleOf(written.subscribe) };
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
