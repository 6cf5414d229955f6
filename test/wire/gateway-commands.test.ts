import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayCommands } from "../../src/wire/gateway-commands.ts";
import { commandLine } from "../../src/wire/gateway-writer.ts";
import { bytes } from "../support/bytes.ts";

/** Recognises start and complete of gateway B once it has seen those of account FIRST. */
function taught(): GatewayCommands {
  const commands = new GatewayCommands();
  for (const command of [2, 3] as const) {
    const line = bytes(commandLine("B", command, "FIRST"));
    commands.learn(line, 5, line.length - 2, command, btoa("FIRST"));
  }
  return commands;
}

/** What is made of a line with something behind it. */
function seen(commands: GatewayCommands, line: string): string | null {
  const buf = bytes(`${line}PING\r\n`);
  const end = commands.recognise(buf, 0, buf.length);
  if (end < 0) {
    expect(commands.command).toBe(0);
    return null;
  }
  expect(end).toBe(bytes(line).length);
  return `${commands.command} ${Buffer.from(commands.name.subarray(0, commands.nameLength)).toString("utf8")}`;
}

test("a command is recognised for every other account, in any order", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(2, 3), fc.string({ minLength: 1 }))), (lines) => {
      const commands = taught();
      for (const [command, name] of lines as [2 | 3, string][]) {
        const text = Buffer.from(name, "utf8").toString("utf8");
        expect(seen(commands, commandLine("B", command, name))).toBe(`${command} ${text}`);
      }
    }),
  );
});

test("what differs in anything else is read as the document that it is", () => {
  const commands = taught();
  const line = commandLine("B", 2, "ACC");
  expect(seen(commands, commandLine("C", 2, "ACC"))).toBeNull();
  expect(seen(commands, line.replace("INFO ", "INFO  "))).toBeNull();
  expect(seen(commands, line.replace("INFO ", "info "))).toBeNull();
  expect(seen(commands, line.replace("}\r\n", ',"gateway_cmd":3}\r\n'))).toBeNull();
  expect(seen(commands, line.replace("}\r\n", "}\n"))).toBeNull();
  expect(seen(commands, line.replace("\r\n", " \r\n"))).toBeNull();
});

test("a payload that is not base64 of something is left to those who refuse it", () => {
  const commands = taught();
  const line = (payload: string) => commandLine("B", 2, "ACC").replace(btoa("ACC"), payload);
  for (const payload of ["", "QUN", "QU=D", "====", "QUND\\u0041", "Q UND", "QUNDQ==="]) {
    expect(seen(commands, line(payload))).toBeNull();
  }
  expect(seen(commands, line("QQ=="))).toBe("2 A");
});

test("a line that is cut anywhere is not recognised yet", () => {
  const commands = taught();
  const line = bytes(commandLine("B", 3, "ACC"));
  for (let end = 0; end < line.length; end++) expect(commands.recognise(line, 0, end)).toBe(-1);
  expect(commands.recognise(line, 0, line.length)).toBe(line.length);
});

test("a document that says its payload twice is not learned", () => {
  const commands = new GatewayCommands();
  const line = commandLine("B", 2, "ACC").replace("}\r\n", `,"GATEWAY_CMD_PAYLOAD":"${btoa("ACC")}"}\r\n`);
  const buf = bytes(line);
  commands.learn(buf, 5, buf.length - 2, 2, btoa("ACC"));
  expect(seen(commands, line)).toBeNull();
});
