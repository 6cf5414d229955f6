// Our own mistakes end the process: a gateway that guesses is worse than one that restarts.

/** Ends the process when our own logic broke a promise. Never used on what a peer or a person sent. */
export function assert(condition: boolean, broken: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${broken}`);
}
