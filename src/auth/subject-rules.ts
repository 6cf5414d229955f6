// What subjects in JWTs must be like, in the words of the tools that show it to whoever signed them.
// Source: client-and-auth.md §4.

import { bytesOf } from "../base/bytes.ts";
import { hasWildcard } from "../subject/subject.ts";
import { SUBJECT_TOKENS_MAX } from "./bounds.ts";
import { quoted } from "./refusal.ts";

/** What is wrong with a subject, with wildcards or without. */
export function subjectFaults(subject: string): string[] {
  if (subject === "") return ["subject cannot be empty"];
  const faults: string[] = [];
  const name = `subject ${quoted(subject)}`;
  if (subject.includes(" ")) faults.push(`${name} cannot have spaces`);
  if (subject.startsWith(".") || subject.endsWith(".")) {
    faults.push(`${name} cannot start or end with a \`.\``);
  }
  if (subject.split(".").length > SUBJECT_TOKENS_MAX) faults.push(`${name} has too many tokens`);
  if (subject.includes("..")) faults.push(`${name} cannot contain consecutive \`.\``);
  return faults;
}

export function isPattern(subject: string): boolean {
  const bytes = bytesOf(subject);
  return hasWildcard(bytes, 0, bytes.length);
}

const REFERENCE = /^\$(\d+)$/;
const endsWide = (subject: string): boolean => subject === ">" || subject.endsWith(".>");

/** What is wrong with the local name of an import: it names each `*` of the exporter's subject once, by a `*`
 *  or by its number. */
export function localSubjectFaults(local: string, subject: string): string[] {
  const faults = subjectFaults(local);
  if (subject === "") faults.push("subject cannot be empty");
  if (endsWide(local) !== endsWide(subject)) {
    faults.push("both, renaming subject and subject, need to end or not end in >");
  }
  const stars = subject.split(".").filter((token) => token === "*").length;
  let named = 0;
  for (const token of local.split(".")) {
    const number = REFERENCE.exec(token)?.[1];
    if (token === "*" || (number !== undefined && Number(number) <= stars)) named++;
    else if (number !== undefined) {
      const where = `${quoted(local)} reference * in ${quoted(subject)}`;
      faults.push(`Reference $${number} in ${where} that do not exist`);
    }
  }
  if (named !== stars) faults.push("subject does not contain enough * or reference wildcards $[0-9]");
  return faults;
}

/** The local name of an import as a pattern. */
export function localPattern(local: string): string {
  const tokens = local.split(".");
  return tokens.map((token) => (REFERENCE.test(token) ? "*" : token)).join(".");
}

/** Is all of `inner` in `outer`? A `*` holds a `>` here, as in nats-server's own check. */
export function isContained(inner: string, outer: string): boolean {
  const mine = inner.split(".");
  const theirs = outer.split(".");
  if (mine.length < theirs.length) return false;
  if (mine.length > theirs.length && theirs.at(-1) !== ">") return false;
  for (const [i, token] of theirs.entries()) {
    if (i === theirs.length - 1 && token === ">") return true;
    if (token !== mine[i] && token !== "*") return false;
  }
  return true;
}

interface Node {
  readonly next: Map<string, Node>;
  /** How often a subject ends here. */
  count: number;
}

/**
 * A subject of the list and another one that holds it, or null when they are apart. Goes through the tokens
 * instead of comparing each with each, because thousands of exports would take seconds.
 */
export function overlap(subjects: readonly string[]): { inner: string; outer: string } | null {
  const root: Node = { next: new Map(), count: 0 };
  for (const subject of subjects) {
    let node = root;
    for (const token of subject.split(".")) {
      const next: Node = node.next.get(token) ?? { next: new Map(), count: 0 };
      node.next.set(token, next);
      node = next;
    }
    node.count++;
  }
  for (const inner of subjects) {
    const outer = holder(root, inner.split("."), 0, true, "");
    if (outer !== null) return { inner, outer };
  }
  return null;
}

/** A subject below `node` that holds tokens[at, …), other than those tokens themselves. */
function holder(
  node: Node,
  tokens: readonly string[],
  at: number,
  isSame: boolean,
  path: string,
): string | null {
  const token = tokens[at];
  if (token === undefined) return node.count > (isSame ? 1 : 0) ? path.slice(1) : null;
  const isLast = at === tokens.length - 1;
  const wide = node.next.get(">");
  if (wide !== undefined && wide.count > (isSame && isLast && token === ">" ? 1 : 0)) {
    return `${path}.>`.slice(1);
  }
  const star = node.next.get("*");
  if (star !== undefined && token !== "*") {
    const found = holder(star, tokens, at + 1, false, `${path}.*`);
    if (found !== null) return found;
  }
  const same = node.next.get(token);
  return same === undefined ? null : holder(same, tokens, at + 1, isSame, `${path}.${token}`);
}
