// Listens to one link in both directions while it runs: what is read is told frame by frame, what is written
// piece by piece. Links that nobody listens to know nothing of it.

import type { Egress } from "./egress.ts";
import type { Hear, Session } from "./session.ts";

/** `written` gets whole lines with their payloads, before any compression; good until it returns. Answers
 *  what ends the listening. */
export function listen(session: Session, read: Hear, written: (piece: Uint8Array) => void): () => void {
  const { egress } = session;
  session.hearWith(read);
  const unhook = hook(egress, written);
  return () => {
    session.hearWith(null);
    unhook();
  };
}

/** Writers reserve, write, perhaps again, and mark: what lies behind the last one is what was written. */
function hook(egress: Egress, written: (piece: Uint8Array) => void): () => void {
  const plain = Object.getPrototypeOf(egress) as Egress;
  let from = egress.to;
  const tell = (): void => {
    const { buf, to } = egress;
    const piece = buf.subarray(Math.min(from, to), to);
    from = to;
    if (piece.length > 0) written(piece);
  };
  egress.reserve = (size) => {
    tell();
    from = plain.reserve.call(egress, size);
    return from;
  };
  egress.mark = () => {
    tell();
    plain.mark.call(egress);
  };
  return () => {
    Reflect.deleteProperty(egress, "reserve");
    Reflect.deleteProperty(egress, "mark");
  };
}
