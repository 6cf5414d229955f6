// `isthmus import`: what lands in the file, on standard output and on standard error, and the codes that it
// ends with.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfiguration } from "../../src/cli/check.ts";
import { parseFlags } from "../../src/cli/flags.ts";
import { runImport } from "../../src/cli/import.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-import-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Runs the command in this process; paths are shown without the folder. */
function run(words: string[], environment: Record<string, string> = {}) {
  const command = parseFlags(["import", ...words]);
  if (command.is !== "import") throw new Error("the words ask for no import");
  const { exitCode, stdout, stderr } = runImport(command, environment);
  return { exitCode, stdout, lines: stderr.replaceAll(`${folder}/`, "").trimEnd().split("\n") };
}

/** What `-t -c FILE` says. */
function check(file: string, environment: Record<string, string> = {}) {
  const command = parseFlags(["-t", "-c", file]);
  if (command.is !== "run") throw new Error("the flags ask for no check");
  const { exitCode, stderr } = checkConfiguration(command, environment);
  return { exitCode, lines: stderr.replaceAll(`${folder}/`, "").trimEnd().split("\n") };
}

test("the command is known with its file and output, and says what it lacks", () => {
  const mistake = (...words: string[]) => parseFlags(["import", ...words]);
  expect(parseFlags(["import", "a.conf"])).toEqual({ is: "import", file: "a.conf", output: null });
  for (const flags of [["-o", "b"], ["-o=b"], ["--output", "b"], ["--output=b"]]) {
    expect(parseFlags(["import", ...flags, "a.conf"])).toEqual({ is: "import", file: "a.conf", output: "b" });
  }
  expect(mistake("-h")).toEqual({ is: "help" });
  expect(mistake()).toMatchObject({
    is: "mistake",
    message: expect.stringContaining("write import nats.conf"),
  });
  expect(mistake("a", "b")).toMatchObject({ message: 'import takes one file, not "b" as well' });
  expect(mistake("a", "-o")).toMatchObject({
    message: expect.stringContaining("-o needs the name of a file"),
  });
  expect(mistake("a", "-c", "b")).toMatchObject({
    message: expect.stringContaining("import knows no flag -c"),
  });
});

describe("a configuration", () => {
  test("that is carried over whole ends with 0, and the result passes the check", () => {
    write("users.conf", "authorization { user: a, password: $PW }\n");
    const file = write(
      "whole.conf",
      "listen: localhost:-1\ninclude users.conf\ngateway { name: A, listen: localhost:-1 }\n",
    );
    const output = join(folder, "whole.yaml");
    const { exitCode, stdout, lines } = run([file, "-o", output], { PW: "s3cret" });
    expect([exitCode, stdout, lines]).toEqual([0, "", ["isthmus: whole.conf is carried over whole"]]);
    expect(check(output, { PW: "s3cret" }).exitCode).toBe(0);
    expect(readFileSync(output, "utf8")).toContain("password: $PW");
  });

  test("without -o goes to standard output", () => {
    const { exitCode, stdout } = run([write("out.conf", "host: h\nport: 5222\n")]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("host: h\nport: 5222\n");
  });

  test("with notes ends with 0, the notes on standard error", () => {
    const { exitCode, lines } = run([
      write("notes.conf", "host: localhost\n  jetstream: enabled\nmqtt {}\n"),
    ]);
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(/^notes\.conf:2:3 jetstream: not carried over: no support yet for JetStream; /),
      expect.stringMatching(/^notes\.conf:3:1 mqtt: not carried over: no support yet for MQTT; /),
      "isthmus: notes.conf is carried over but for 2 lines",
    ]);
  });

  test("that the box would not start with ends with 1, and is written all the same", () => {
    const output = join(folder, "wrong.yaml");
    const { exitCode, lines } = run([write("wrong.conf", "host: localhost\nport: 70000\n"), "-o", output]);
    expect(exitCode).toBe(1);
    expect(lines).toEqual([
      "wrong.conf:2:1 port: a port is between 1 and 65535, or -1 for any free one, not 70000",
      "isthmus: the box does not start with the result: 1 error must be mended first",
    ]);
    expect(readFileSync(output, "utf8")).toContain("port: 70000");
  });

  test("that cannot be read ends with 1 and writes nothing", () => {
    const output = join(folder, "none.yaml");
    const { exitCode, stdout, lines } = run([write("bad.conf", "port: [\n"), "-o", output]);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(lines).toEqual([
      "bad.conf:1:7: the list is not closed; write ] at its end",
      "isthmus: 1 error in the configuration",
    ]);
    expect(() => statSync(output)).toThrow();
    expect(run([join(folder, "missing.conf")])).toMatchObject({
      exitCode: 1,
      lines: ["missing.conf: no such file", expect.anything()],
    });
  });

  test("is for its owner's eyes, and never takes the place of a file", () => {
    const file = write("again.conf", "port: 5222\n");
    const output = join(folder, "again.yaml");
    expect(run([file, "-o", output]).exitCode).toBe(0);
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(run([file, "-o", output])).toMatchObject({
      exitCode: 1,
      lines: ["isthmus: again.yaml: is there already"],
    });
  });
});

describe("-c with a file that ends in .conf", () => {
  test("reads nats-server's syntax", () => {
    expect(
      check(write("box.conf", "listen = 127.0.0.1:-1; gateway { name: A, listen: 127.0.0.1:-1 }\n")),
    ).toEqual({
      exitCode: 0,
      lines: [
        expect.stringMatching(/^isthmus: configuration file box\.conf is valid \(sha256:[0-9a-f]{64}\)$/),
      ],
    });
  });

  test("refuses what the product cannot do, and files that are not there", () => {
    const text =
      "host: ::1\njetstream {}\nleafnodes { host: ::1, port: -1, tls { cert_file: no.pem, key_file: no.pem } }\n";
    expect(check(write("cannot.conf", text))).toEqual({
      exitCode: 1,
      lines: [
        expect.stringMatching(
          /^cannot\.conf:2:1 jetstream: not carried over: no support yet for JetStream; /,
        ),
        "cannot.conf:3:40 leafnodes.tls.cert_file: no.pem: no such file",
        "cannot.conf:3:59 leafnodes.tls.key_file: no.pem: no such file",
        "isthmus: 3 errors in the configuration",
      ],
    });
  });
});

test("as a process it hands over all of a large result before it ends", async () => {
  const accounts = Array.from(
    { length: 4_000 },
    (_, at) => `ACCOUNT_${at} { users: [ {user: user_${at}, password: "p"} ] }`,
  );
  const file = write("large.conf", `accounts {\n${accounts.join("\n")}\n}\n`);
  const child = Bun.spawn([process.execPath, MAIN, "import", file], {
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(await child.exited).toBe(0);
  expect(out.match(/- user: user_\d+\n/g)).toHaveLength(4_000);
  expect(err).toEndWith("is carried over whole\n");
}, 20_000);
