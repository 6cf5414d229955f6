// Addresses that peers are told to dial, and that lead them to themselves or to nobody.

import type { Places } from "./places.ts";
import { isLoopback, type Listener } from "./rules-dangers-reach.ts";

export function warnOfUnreachable(listeners: readonly Listener[], places: Places): void {
  for (const { advertise, isPublic } of listeners) {
    if (advertise === null) continue;
    const { host } = advertise.address;
    const problem = problemOf(host, isPublic);
    if (problem === null) continue;
    const message = `${host} ${problem}; write the host that they reach this box by`;
    places.danger("unreachable", advertise.path, message);
  }
}

function problemOf(host: string, isPublic: boolean): string | null {
  const bare = host.toLowerCase().replace(/\.$/, "");
  if (/^(0+\.0+\.0+\.0+|0+|[0:]*::[0:]*)$/.test(bare))
    return "is an address to listen on, that nobody can dial";
  if (isPublic && isLoopback(bare)) return "is the peer itself to each peer on another machine";
  if (/\.local$/.test(bare)) return "is a name that only the same network segment knows";
  if (/^169\.254\.|^fe[89ab][0-9a-f]:/.test(bare)) return "is an address of one network segment only";
  return null;
}
