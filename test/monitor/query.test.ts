// Parameters are read and refused as nats-server does it.

import { describe, expect, test } from "bun:test";
import { Query, QueryError } from "../../src/monitor/query.ts";

const query = (text: string): Query => new Query(new URLSearchParams(text));

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof QueryError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("a boolean", () => {
  test("is one of Go's twelve words, or absent", () => {
    for (const word of ["1", "t", "T", "TRUE", "true", "True"])
      expect(query(`a=${word}`).flag("a")).toBe(true);
    for (const word of ["0", "f", "F", "FALSE", "false", "False", ""]) {
      expect(query(`a=${word}`).flag("a")).toBe(false);
    }
    expect(query("").flag("a")).toBe(false);
  });

  test("that is none is refused in nats-server's words", () => {
    const text = `Error decoding boolean for 'subs': strconv.ParseBool: parsing "x": invalid syntax`;
    expect(refusal(() => query("subs=x").flag("subs"))).toBe(text);
    expect(refusal(() => query("subs=yes&subs=1").flag("subs"))).toContain(`parsing "yes"`);
    expect(refusal(() => query(`a=${encodeURIComponent('"\n\u0001')}`).flag("a"))).toContain(
      String.raw`parsing "\"\n\x01"`,
    );
  });
});

describe("an integer", () => {
  test("is a decimal number with a sign where that is allowed", () => {
    expect(query("n=-12").int("n")).toBe(-12);
    expect(query("n=%2B7").int("n")).toBe(7);
    expect(query("n=0012").uint("n")).toBe(12);
    expect(query("").int("n")).toBe(0);
  });

  test("that is none is refused in nats-server's words", () => {
    const cases: [string, "int" | "uint", string][] = [
      ["n=1e3", "int", `Error decoding int for 'n': strconv.Atoi: parsing "1e3": invalid syntax`],
      ["n=0x1", "int", `Error decoding int for 'n': strconv.Atoi: parsing "0x1": invalid syntax`],
      [
        "n=9223372036854775808",
        "int",
        `Error decoding int for 'n': strconv.Atoi: parsing "9223372036854775808": value out of range`,
      ],
      ["n=-1", "uint", `Error decoding uint64 for 'n': strconv.ParseUint: parsing "-1": invalid syntax`],
      [
        "n=18446744073709551616",
        "uint",
        "Error decoding uint64 for 'n': " +
          `strconv.ParseUint: parsing "18446744073709551616": value out of range`,
      ],
    ];
    for (const [text, kind, says] of cases) expect(refusal(() => query(text)[kind]("n"))).toBe(says);
    expect(refusal(() => query(`n=${"9".repeat(8_000)}`).int("n"))).toContain("value out of range");
  });
});

test("subs is a boolean or the word detail", () => {
  expect(query("subs=Detail").subs()).toBe("detail");
  expect(query("subs=1").subs()).toBe("list");
  expect(query("").subs()).toBe("none");
  expect(refusal(() => query("subs=details").subs())).toContain("Error decoding boolean for 'subs'");
});

test("a state is open, closed or all", () => {
  expect(query("").state()).toBe("open");
  expect(query("state=CLOSED").state()).toBe("closed");
  expect(query("state=any").state()).toBe("all");
  expect(refusal(() => query("state=zz").state())).toBe("Error decoding state for zz");
});
