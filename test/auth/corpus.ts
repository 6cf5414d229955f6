// What nats-server and the Go library said of JWTs once, as it was recorded. See test/corpus/jwt/generate.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRefusal, type Refusal } from "../../src/auth/refusal.ts";
import { operatorOf, Trust } from "../../src/auth/trust.ts";

export function corpus<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(join(import.meta.dir, "../corpus/jwt", name), "utf8")) as T[];
}

/** The answer, which must not be a refusal. */
export function granted<T extends object>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(`refused: ${answer.code}: ${answer.text}`);
  return answer;
}

/** Why it was refused; "granted" when it was not. */
export function codeOf(answer: object): string {
  return isRefusal(answer) ? answer.code : "granted";
}

export function trustOf(recorded: { readonly operator: string; readonly systemAccount: string }): Trust {
  const operators = [granted(operatorOf(recorded.operator))];
  return new Trust({ operators, systemAccount: recorded.systemAccount });
}
