// `isthmus plan`: what a running box would do with another configuration, before it is told to.

import { ConfigurationError } from "../config/finding.ts";
import { loadConfiguration } from "../config/load.ts";
import { planLine, planOf } from "../config/plan.ts";
import type { Environment } from "../config/variables.ts";
import { explain } from "./check.ts";
import type { PlanCommand } from "./flags.ts";

/** Exit 0 when the change can be taken up by a box that runs, 1 when a file is wrong or a restart is
 *  needed. */
export function runPlan(
  { from, to }: PlanCommand,
  environment: Environment,
): { exitCode: number; stdout: string; stderr: string } {
  try {
    const [before, after] = [from, to].map((file) => loadConfiguration(file, { environment }).configuration);
    const changes = planOf(before!, after!);
    const needsRestart = changes.some(({ effect }) => effect === "restart");
    const lines = changes.length === 0 ? ["nothing changes"] : changes.map(planLine);
    if (needsRestart) lines.push("The box would refuse this whole configuration while it runs.");
    return { exitCode: needsRestart ? 1 : 0, stdout: `${lines.join("\n")}\n`, stderr: "" };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { exitCode: 1, stdout: "", stderr: explain(error) };
  }
}
