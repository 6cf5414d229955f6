// Which transitions both systems go through: accounts × subscriptions, told and telling, quiet and with live
// traffic.

import { grouped } from "../lib/table.ts";
import type { ChurnSpec } from "./churn.ts";
import type { TellingSpec } from "./telling.ts";
import type { ToldSpec } from "./told.ts";

export type Case = { readonly name: string; readonly rounds: number } & (
  | { readonly kind: "told"; readonly spec: ToldSpec }
  | { readonly kind: "telling" | "threshold"; readonly spec: TellingSpec }
  | { readonly kind: "churn"; readonly spec: ChurnSpec }
);

/** A million lines take nats-server several seconds, so these come once or twice. */
const SHAPES: readonly [accounts: number, subjects: number][] = [
  [1, 1],
  [1, 1_000],
  [1_000, 1],
  [100, 1_000],
  [1_000, 100],
  [1_000, 1_000],
  [1, 1_000_000],
];

export function transitionCases(quick: boolean): Case[] {
  if (quick) {
    return [
      told(1_000, 1, 1),
      told(100, 1_000, 1),
      told(1, 100_000, 1, "unheard"),
      telling(100, 1_000, 1),
      threshold(10, 1_000),
      churn(700),
    ];
  }
  const rounds = (lines: number): number => (lines >= 100_000 ? 1 : 2);
  return [
    ...SHAPES.map(([accounts, subjects]) => told(accounts, subjects, rounds(accounts * subjects))),
    told(1, 100_000, 1, "unheard"),
    told(1, 100_000, 1, "heard"),
    ...SHAPES.map(([accounts, subjects]) => telling(accounts, subjects, 1)),
    telling(1, 100_000, 1, true),
    threshold(20, 1_000),
    churn(2_000),
  ];
}

function told(accounts: number, subjects: number, rounds: number, live?: "heard" | "unheard"): Case {
  const beside = { heard: "live, heard of", unheard: "live, unheard of" };
  const name = `told ${shapeOf(accounts, subjects)}${live === undefined ? "" : `, ${beside[live]}`}`;
  return {
    name,
    rounds,
    kind: "told",
    spec: { accounts, subjects, live: live !== undefined, heard: live === "heard" },
  };
}

function telling(accounts: number, subjects: number, rounds: number, live = false): Case {
  const name = `telling ${shapeOf(accounts, subjects)}${live ? ", live" : ""}`;
  const times = accounts * subjects >= 1_000_000 ? 1 : 3;
  return { name, rounds, kind: "telling", spec: { accounts, subjects, live, rounds: live ? 1 : times } };
}

function threshold(accounts: number, subjects: number): Case {
  const name = `telling ${shapeOf(accounts, subjects)}, by the 1,001st unwanted message`;
  return { name, rounds: 1, kind: "threshold", spec: { accounts, subjects, live: false, rounds: 1 } };
}

function churn(millis: number): Case {
  const spec = { perSecond: 10_000, messages: 50_000, millis };
  return { name: "churn of 10,000 SUB and UNSUB/s under 50,000 msg/s", rounds: 1, kind: "churn", spec };
}

function shapeOf(accounts: number, subjects: number): string {
  return `${grouped(accounts)}×${grouped(subjects)}`;
}
