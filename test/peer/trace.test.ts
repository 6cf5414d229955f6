// With trace on, every line that comes in is logged, and no secret with it.

import { expect, test } from "bun:test";
import { Box } from "../support/core-world.ts";

test("a trace names connection, verb and arguments, but neither payloads nor credentials", () => {
  const box = new Box();
  box.core.world.log.traces = true;
  const client = box.client({ name: "s3cret" });
  client.says("SUB foo 1", "PUB foo 6\r\nhidden", "PING");
  const lines = box.logged("<<- [");
  for (const line of ["[CONNECT …]", "[SUB foo 1]", "[PUB foo 6]", "[PING]"]) {
    expect(lines.some((logged) => logged.includes(`${client.session.name} - <<- ${line}`))).toBe(true);
  }
  expect(box.logged("s3cret")).toEqual([]);
  expect(box.logged("hidden")).toEqual([]);
});
