// The modes of interest, in nats-server's words, and what each means to who reads it.

const MEANINGS: Readonly<Record<string, string>> = {
  InterestOnly: "only what was asked for is sent",
  Transitioning: "the list of interest is on its way",
  Optimistic: "everything is sent that was not refused",
  NoInterest: "nothing is wanted",
  Unheard: "nothing was said yet",
  Untold: "nothing was said yet",
};

export function modeMeaning(mode: string): string {
  return MEANINGS[mode] ?? "";
}
