// The lines of a leaf link as tests read them: as on a gateway, but for the account, which no line names.

import { type Frame, groupsOf, replyOf } from "./gateway-frames.ts";

/** The messages among `frames` on a subject. */
export function leafMessages(frames: readonly Frame[], subject: string): Frame[] {
  return frames.filter((f) => (f.verb === "LMSG" || f.verb === "HMSG") && f.args[0] === subject);
}

/** The reply subject of an LMSG or HMSG line; undefined if it has none. */
export function leafReply(frame: Frame): string | undefined {
  return replyOf(asRouted(frame));
}

/** The queue groups named by an LMSG or HMSG line. */
export function leafGroups(frame: Frame): string[] {
  return groupsOf(asRouted(frame));
}

/** The LS+ and LS- lines about a subject, as they came. */
export function leafInterest(frames: readonly Frame[], subject: string): string[] {
  return frames.filter((f) => /^LS[+-]$/.test(f.verb) && f.args[0] === subject).map(({ line }) => line);
}

function asRouted(frame: Frame): Frame {
  return { ...frame, args: ["", ...frame.args] };
}
