// Which loads the forwarding suite puts through both systems. Not the full product: each case costs seconds,
// and those left out teach nothing that their neighbours do not.

import type { Case } from "../lib/duel.ts";
import { MANY_SUBJECTS, mainCase, sideCase } from "./cases.ts";

const KIB = 1_024;
const OUT = "client-to-gateway" as const;
const IN = "gateway-to-client" as const;
const MANY = { subjects: MANY_SUBJECTS } as const;

/**
 * At 16 KiB the copies in the kernel are the cost and the lookup is lost in them, so many subjects stop
 * below.
 * Many connections come with many subjects, each connection with its own share: as publishers are, and
 * what nats-server's cache per connection likes best. `quick` keeps the cases that a change is judged by.
 */
export function forwardCases(quick: boolean): Case[] {
  return quick ? quickCases() : [...mainCases(), ...sideCases(), ...tlsCases()];
}

function quickCases(): Case[] {
  return [
    mainCase({ direction: OUT, size: 16 }, 8),
    mainCase({ direction: OUT, size: 128 }, 6),
    mainCase({ direction: OUT, size: 128, ...MANY }, 10),
    mainCase({ direction: OUT, size: KIB }, 2.5),
    mainCase({ direction: OUT, size: 16 * KIB }, 1.3),
    mainCase({ direction: IN, size: 128 }, 6),
  ];
}

function mainCases(): Case[] {
  return [
    mainCase({ direction: OUT, size: 16 }, 8),
    mainCase({ direction: OUT, size: 16, ...MANY }, 15),
    mainCase({ direction: OUT, size: 128 }, 6),
    mainCase({ direction: OUT, size: 128, ...MANY }, 10),
    mainCase({ direction: OUT, size: 128, ...MANY, connections: 32 }, 7),
    mainCase({ direction: OUT, size: KIB }, 2.5),
    mainCase({ direction: OUT, size: 16 * KIB }, 1.3),
    mainCase({ direction: IN, size: 16 }, 8),
    mainCase({ direction: IN, size: 128 }, 6),
    mainCase({ direction: IN, size: KIB }, 2.3),
  ];
}

/** Both receive alike what comes for many clients, so that is asked of one direction; and so on. */
function sideCases(): Case[] {
  return [
    sideCase({ direction: OUT, size: 64 * KIB }),
    sideCase({ direction: OUT, size: 128, subjects: 1_000_000, wildcard: true }),
    sideCase({ direction: OUT, size: 128, ...MANY, connections: 1_000 }),
    sideCase({ direction: OUT, size: 128, reply: true }),
    sideCase({ direction: OUT, size: 128, headers: true }),
    sideCase({ direction: IN, size: 16 * KIB }),
    sideCase({ direction: IN, size: 64 * KIB }),
    sideCase({ direction: IN, size: 128, ...MANY }),
    sideCase({ direction: IN, size: 128, ...MANY, connections: 32 }),
    sideCase({ direction: IN, size: 128, ...MANY, connections: 1_000 }),
    ...[10, 100].map((fanout) => sideCase({ direction: IN, size: 128, fanout, connections: fanout })),
    sideCase({ direction: IN, size: 128, reply: true }),
    sideCase({ direction: IN, size: 128, headers: true }),
  ];
}

/** Outward is what the system encrypts, inward what it decrypts; at a kilobyte that is most of the cost. */
function tlsCases(): Case[] {
  return [
    sideCase({ direction: OUT, size: KIB, tls: "gateway" }, 1.5),
    sideCase({ direction: IN, size: KIB, tls: "client" }, 1.5),
    sideCase({ direction: IN, size: KIB, tls: "gateway" }, 1.1),
    sideCase({ direction: OUT, size: KIB, tls: "client" }, 1.1),
  ];
}
