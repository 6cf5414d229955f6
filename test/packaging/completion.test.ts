// Completion says what the command line takes, no more and no less; the files are those that the script
// writes.

import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { completedFlags, completionFiles } from "../../packaging/completion.ts";
import { parseFlags } from "../../src/cli/flags.ts";
import { ROOT } from "../tidy/sources.ts";

setDefaultTimeout(20_000);

const FLAGS_SOURCE = readFileSync(join(ROOT, "src/cli/flags.ts"), "utf8");

test("the files are written anew after a change: bun run completion", () => {
  for (const [name, text] of Object.entries(completionFiles())) {
    expect(readFileSync(join(ROOT, "packaging/completion", name), "utf8")).toBe(text);
  }
});

test("every flag that is completed is one, and every flag is completed", () => {
  const completed = completedFlags();
  for (const flag of completed) {
    const command = parseFlags([flag, "1", "-c", "x"]);
    if (command.is === "mistake") expect(command.message).not.toMatch(/unknown flag|not supported|no flag/);
  }
  const table = /const FLAGS\b[\s\S]*?\n};/.exec(FLAGS_SOURCE)![0];
  const names = [...table.matchAll(/(\w+): (?:[A-Z_]+\b|effect\()/g)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(20);
  const dashed = names.map((name) => (/^(?:\w|ms|sl|VV|DVV?)$/.test(name) ? `-${name}` : `--${name}`));
  expect(completed.toSorted()).toEqual(dashed.toSorted());
});

test("every command is completed", () => {
  const commands = [...FLAGS_SOURCE.matchAll(/argv\[0\] === "(\w+)"/g)].map(([, name]) => name!);
  expect(commands.length).toBeGreaterThan(2);
  for (const command of commands) {
    for (const [, text] of Object.entries(completionFiles())) {
      expect(text).toMatch(new RegExp(`\\b${command}\\b`));
    }
  }
});

/** What bash would complete; the last word is the one being typed. */
function completed(...words: string[]): string[] {
  const script = `source packaging/completion/isthmus.bash
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _isthmus; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const run = Bun.spawnSync(["bash", "-c", script, "bash", ...words], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  expect(`${run.stderr}`).toBe("");
  return `${run.stdout}`.trim().split("\n");
}

const bash = Bun.which("bash");
if (bash === null) console.error("SKIPPED completion in bash: there is no bash");
test.skipIf(bash === null)("bash completes commands, flags and files", () => {
  expect(completed("isthmus", "pl")).toEqual(["plan"]);
  expect(completed("isthmus", "--ser")).toEqual(["--server_name"]);
  expect(completed("isthmus", "-c", "applia")).toEqual(["appliance.yaml"]);
  expect(completed("isthmus", "plan", "--fr")).toEqual(["--from"]);
  expect(completed("isthmus", "check", "--j")).toEqual(["--json"]);
});

const OTHERS = [
  ["zsh", "_isthmus"],
  ["fish", "isthmus.fish"],
] as const;
for (const [shell, file] of OTHERS) {
  const found = Bun.which(shell);
  if (found === null) console.error(`SKIPPED completion in ${shell}: there is no ${shell}`);
  test.skipIf(found === null)(`${shell} can read its file`, () => {
    const run = Bun.spawnSync([found!, "-n", join(ROOT, "packaging/completion", file)], { stderr: "pipe" });
    expect([run.exitCode, `${run.stderr}`]).toEqual([0, ""]);
  });
}
