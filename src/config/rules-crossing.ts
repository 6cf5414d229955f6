// Rules of what may cross, from the forms in which they are written to one list for each direction.

import type { CrossingOptions, RemoteRuleOptions, RuleOptions } from "../gateway/rules.ts";
import { subjectList } from "./permissions.ts";
import type { WayLists, WayRules } from "./schema-rules.ts";

/** What is written of a remote, or of all of them. */
interface Written extends WayRules {
  readonly accounts?: Readonly<Record<string, WayRules>> | undefined;
}

/** null when nothing is written. `place` is where it stands, as people find it. */
export function rulesOf(written: Written, place: string): RemoteRuleOptions | null {
  const { accounts } = written;
  const crossing = crossingOf(written, place);
  if (accounts === undefined && crossing.in.length + crossing.out.length === 0) return null;
  const accountsName = `${place}.accounts`;
  return {
    ...crossing,
    accountsName,
    accounts:
      accounts === undefined
        ? null
        : new Map(
            Object.entries(accounts).map(([name, of]) => [name, crossingOf(of, `${accountsName}.${name}`)]),
          ),
  };
}

function crossingOf(written: WayRules, place: string): CrossingOptions {
  const both = ruleOf(written, place);
  return {
    out: [...both, ...ruleOf(written.export, `${place}.export`)],
    in: [...both, ...ruleOf(written.import, `${place}.import`)],
  };
}

/** An empty list of what is allowed allows nothing: whoever writes it means it. */
function ruleOf(written: WayLists | undefined, name: string): RuleOptions[] {
  const { allow, deny } = written ?? {};
  if (allow === undefined && deny === undefined) return [];
  const permission = { allow: allow === undefined ? null : subjectList(allow), deny: subjectList(deny) };
  return [{ name, permission }];
}
