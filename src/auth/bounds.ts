// What a JWT may cost us before anybody is believed: sizes come first, signatures last.

/** The longest JWT that is looked at, in characters. Source: client-and-auth.md §4. */
export const JWT_CHARACTERS_MAX = 1024 * 1024;

/** The longest header of a JWT, in characters of base64url; the real one has 48. */
export const JWT_HEADER_CHARACTERS_MAX = 1024;

/** Deeper nesting than any claims have: a template in a signing key makes seven. */
export const JWT_DEPTH_MAX = 16;

/** How many tokens a subject in claims may have: as many as fit a control line, so that it could be used. */
export const SUBJECT_TOKENS_MAX = 2_048;

/** How many subjects a list of a scoped template may become. Source: nats-server 2.15. */
export const TEMPLATE_SUBJECTS_MAX = 4_096;

/** How many characters such a list may become: tags of many kilobytes would multiply. */
export const TEMPLATE_CHARACTERS_MAX = 1024 * 1024;

/** How many faults of one JWT are told; the first one is enough to refuse it. */
export const FAULTS_TOLD_MAX = 32;

/** How much of a name that somebody chose is quoted, in characters. */
export const QUOTED_CHARACTERS_MAX = 64;

/** How many accounts a resolver keeps, and how many bytes of their JWTs. Over either, new ones are refused.
 *  */
export const STORED_ACCOUNTS_MAX = 100_000;
export const STORED_BYTES_MAX = 512 * 1024 * 1024;
