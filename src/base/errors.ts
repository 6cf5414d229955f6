// Errors that a person reads: each says what was wrong, where, and what to do.

/** The base of every error that is not our own mistake. `code` is stable and may be scripted against. */
export abstract class ApplianceError extends Error {
  abstract readonly code: string;
}
