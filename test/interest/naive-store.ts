// The store's contract as a list and loops: what the real one is compared with.

export interface Row {
  id: number;
  account: number;
  pattern: string;
  queue: number;
  cls: number;
  owner: number;
  tag: number;
  weight: number;
}

/** The account's pattern and when it came; a pattern that leaves and returns is a new one. */
export interface Entry {
  account: number;
  pattern: string;
  serial: number;
}

export class NaiveStore {
  readonly rows: Row[] = [];
  entries: Entry[] = [];
  #serial = 0;

  /** Answers true when it is the first row of its group. */
  add(row: Row): boolean {
    const first = this.group(row).length === 0;
    if (!this.entries.some((entry) => entry.account === row.account && entry.pattern === row.pattern)) {
      this.entries.push({ account: row.account, pattern: row.pattern, serial: ++this.#serial });
    }
    this.rows.push(row);
    return first;
  }

  /** Answers true when it was the last row of its group. */
  remove(row: Row): boolean {
    this.rows.splice(this.rows.indexOf(row), 1);
    const same = (other: Row | Entry) => other.account === row.account && other.pattern === row.pattern;
    if (!this.rows.some(same)) this.entries = this.entries.filter((entry) => !same(entry));
    return this.group(row).length === 0;
  }

  group(of: Pick<Row, "account" | "pattern" | "queue" | "cls">): Row[] {
    return this.rows.filter(
      (row) =>
        row.account === of.account &&
        row.pattern === of.pattern &&
        row.queue === of.queue &&
        row.cls === of.cls,
    );
  }

  match(account: number, subject: string): Row[] {
    return this.rows.filter((row) => row.account === account && naiveMatch(row.pattern, subject));
  }
}

export function naiveMatch(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".");
  const given = subject.split(".");
  if (given.includes("")) return false;
  for (const [i, token] of wanted.entries()) {
    if (token === ">" && i === wanted.length - 1) return given.length > i;
    if (i >= given.length || (token !== "*" && token !== given[i])) return false;
  }
  return wanted.length === given.length;
}
