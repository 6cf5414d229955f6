// The thread at the reading end of a ring.

import { readRing } from "./ring.ts";

declare const self: { onmessage: ((event: MessageEvent<SharedArrayBuffer>) => void) | null };

self.onmessage = ({ data }) => readRing(data);
