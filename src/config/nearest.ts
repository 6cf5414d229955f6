// The known key that a mistyped key was most likely meant to be.

/** Longer keys are not compared: the work grows with the product of the lengths. */
const LENGTH_MAX = 64;

/** The candidate with the fewest edits to `word`, or null if none is near enough to be worth naming. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > LENGTH_MAX) return null;
  let best: string | null = null;
  let bestEdits = Math.max(2, Math.ceil(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(word, candidate);
    if (edits < bestEdits && edits < candidate.length) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Levenshtein's distance: single-character inserts, deletes and replacements. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
