// What compression does to one leaf link: bytes as they were meant, and bytes as they travelled.

import type { LeafSession } from "../leaf/session.ts";
import type { Document } from "./document.ts";

/**
 * Bytes that the transport took, before TLS and WebSocket put theirs around them; of a link that is
 * compressed also those that came, and for each direction how many bytes of the protocol one byte on the wire
 * stands for, and how many bytes were saved: below 0 where framing costs more than compression gains.
 */
export function wireFields({ egress, encoder, decoder }: LeafSession): Document {
  const sent = { out_wire_bytes: egress.wireBytes };
  if (encoder === null || decoder === null) return sent;
  const savedOut = encoder.inBytes - encoder.outBytes;
  const savedIn = decoder.outBytes - decoder.inBytes;
  return {
    ...sent,
    in_wire_bytes: decoder.inBytes,
    ...ratio("out_compression_ratio", encoder.inBytes, encoder.outBytes),
    ...ratio("in_compression_ratio", decoder.outBytes, decoder.inBytes),
    out_saved_bytes: savedOut,
    in_saved_bytes: savedIn,
    saved_bytes: savedOut + savedIn,
  };
}

/** With three digits; nothing before the first byte. */
function ratio(name: string, plainBytes: number, wireBytes: number): Document {
  return wireBytes === 0 ? {} : { [name]: Math.round((plainBytes / wireBytes) * 1_000) / 1_000 };
}
