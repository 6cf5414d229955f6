// Command words of control lines. Case does not matter. Source: client-and-auth.md §1.1, gateway.md §2.1.

const LONGEST_VERB = 8;

/** The entry of the word buf[from, to), whose letters may be of any case. */
export function verbOf<T>(
  verbs: Record<string, T>,
  buf: Uint8Array,
  from: number,
  to: number,
): T | undefined {
  if (to - from > LONGEST_VERB || to === from) return undefined;
  let word = "";
  for (let i = from; i < to; i++) word += String.fromCharCode(buf[i]!);
  return Object.hasOwn(verbs, word) ? verbs[word] : ofUpper(verbs, word.toUpperCase());
}

function ofUpper<T>(verbs: Record<string, T>, word: string): T | undefined {
  return Object.hasOwn(verbs, word) ? verbs[word] : undefined;
}
