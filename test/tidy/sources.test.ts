// The tidy tests are worth what their reading of the sources is worth.

import { expect, test } from "bun:test";
import { codeOf, sourcesOf } from "./sources.ts";

test("comments and the insides of strings, templates and regular expressions are no code", () => {
  const hole = (inside: string): string => `\${${inside}}`;
  const cases: [string, string][] = [
    ["a; // let b\nc", "a;         \nc"],
    ["a /* let\nb */ c", "a       \n     c"],
    ["f(\"let // x\", 'it\\'s')", "f(\"        \", '     ')"],
    [`\`let ${hole(`a + \`b${hole("c")}\``)} d\`;e`, `\`    ${hole(`a + \` ${hole("c")}\``)}  \`;e`],
    ["x = /[/'\"]let/g; y / 2 / z", "x = /        /g; y / 2 / z"],
    [`\`${hole("{ a: 1 }.a")}let\``, `\`${hole("{ a: 1 }.a")}   \``],
    ["return /`/.test(a)", "return / /.test(a)"],
  ];
  for (const [text, code] of cases) expect(codeOf(text)).toBe(code);
});

test("imports and exports are found with their names", () => {
  const source = sourcesOf("src").find(({ path }) => path === "src/wire/gateway-reader.ts")!;
  expect(source.exports).toEqual(["GatewayReader"]);
  expect(source.imports).toContainEqual({
    from: "../base/arena.ts",
    file: "src/base/arena.ts",
    names: ["Arena"],
    typeOnly: true,
  });
  expect(source.imports).toContainEqual({
    from: "./op.ts",
    file: "src/wire/op.ts",
    names: ["Op"],
    typeOnly: false,
  });
});
