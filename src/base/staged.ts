// What a reload prepares before it is done: each part can still be taken back, so that one that fails takes
// all the others back with it.

/** One of the two is called, once, and neither fails. */
export interface Staged {
  /** It takes the place of what was there. */
  use(): void;
  /** What was there stays, as if nothing had been prepared. */
  drop(): void;
}

/** Parts of one reload, in the order in which they were prepared. */
export class Stage implements Staged {
  readonly #parts: Staged[] = [];

  add<S extends Staged>(part: S): S {
    this.#parts.push(part);
    return part;
  }

  use(): void {
    for (const part of this.#parts) part.use();
  }

  /** The last one first: a port that was taken over is given back before its first owner wants it. */
  drop(): void {
    for (const part of this.#parts.reverse()) part.drop();
  }
}

/** A listener that is open. */
export interface Door {
  readonly port: number;
  /** Takes nobody more; who is there stays. */
  stop(): void;
  /** Opens it again at the port that it had; what does not succeed at once is tried again later. */
  reopen(): void;
}

/**
 * Opens a door beside those that there are or, where one of them has the port and the system does not let
 * both be open, in its place. Throws what the system says; then all are open as before, as they are after
 * `drop`.
 */
export function takeOver<D extends Door>(
  holder: Door | null,
  open: () => D,
): { readonly door: D; drop(): void } {
  try {
    const door = open();
    return { door, drop: () => door.stop() };
  } catch (error) {
    if (holder === null || (error as { code?: string }).code !== "EADDRINUSE") throw error;
  }
  holder.stop();
  try {
    const door = open();
    const drop = (): void => {
      door.stop();
      holder.reopen();
    };
    return { door, drop };
  } catch (error) {
    holder.reopen();
    throw error;
  }
}
