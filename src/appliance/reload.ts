// A configuration is taken up whole or not at all, and the log says which, and why.

import { ConfigurationError, type Finding, formatFinding } from "../config/finding.ts";
import { type Change, planLine } from "../config/plan.ts";
import type { Loaded } from "../config/read.ts";
import type { Appliance } from "./appliance.ts";

/** Reads the configuration again, or this text in its place. Throws ConfigurationError, or an Error for what
 *  cannot be read at all. */
export type Load = (text?: string) => Loaded;

/** What changed; or what is wrong with the file; or why a good file cannot be taken up while the box runs. */
export type Reloaded =
  | { readonly changes: readonly Change[] }
  | { readonly findings: readonly Finding[] }
  | { readonly why: string };

/** Takes up the file as it is now. */
export function takeUp(appliance: Appliance, load: Load): Reloaded {
  const { log } = appliance;
  log.info("Reloading the configuration");
  const outcome = attempt(() => ({ changes: appliance.reload(load()) }));
  if ("changes" in outcome) {
    const { changes } = outcome;
    for (const change of changes) log.info(`  ${planLine(change)}`);
    log.info(`Reloaded: ${changes.length === 0 ? "nothing has changed" : `${changes.length} changes`}`);
  } else {
    const lines = "why" in outcome ? [outcome.why] : outcome.findings.map(formatFinding);
    for (const line of lines) log.error(`Not reloaded, nothing has changed: ${line}`);
  }
  return outcome;
}

/** What would be done with this text. */
export function planned(appliance: Appliance, load: Load, text: string): Reloaded {
  return attempt(() => ({ changes: appliance.planOf(load(text)) }));
}

/** One line or several; null when it was taken up. */
export function whyNot(outcome: Reloaded): string | null {
  if ("changes" in outcome) return null;
  return "why" in outcome ? outcome.why : outcome.findings.map(formatFinding).join("\n");
}

function attempt(act: () => Reloaded): Reloaded {
  try {
    return act();
  } catch (error) {
    if (error instanceof ConfigurationError) return { findings: error.findings };
    return { why: (error as Error).message };
  }
}
