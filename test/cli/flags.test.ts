// The command line is read as nats-server reads it, and a mistake in it is told in words.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Command, parseFlags } from "../../src/cli/flags.ts";
import { USAGE, versionLine } from "../../src/cli/usage.ts";

function parse(line: string): Command {
  return parseFlags(line.split(" ").filter((word) => word !== ""));
}

function run(overrides: object, configFile: string | null = null, checkOnly = false): Command {
  return { is: "run", configFile, checkOnly, overrides };
}

describe("flags", () => {
  test.each<[string, Command]>([
    ["", run({})],
    ["-c box.yaml", run({}, "box.yaml")],
    ["--config=box.yaml -t", run({}, "box.yaml", true)],
    ["-config a.yaml --config b.yaml", run({}, "b.yaml")],
    ["-p 5222", run({ port: 5222 })],
    ["-p -1", run({ port: 0 })],
    ["--port=5222 -m 8222", run({ port: 5222, httpPort: 8222 })],
    ["--http_port 8222", run({ httpPort: 8222 })],
    ["-a 0.0.0.0", run({ host: "0.0.0.0" })],
    ["--addr ::1", run({ host: "::1" })],
    ["-net h", run({ host: "h" })],
    ["-n a --name b", run({ serverName: "b" })],
    ["--server_name c", run({ serverName: "c" })],
    ["-P box.pid -l box.log", run({ pidFile: "box.pid", logFile: "box.log" })],
    ["--pid a --log b", run({ pidFile: "a", logFile: "b" })],
    ["-T=false", run({ logtime: false })],
    ["--logtime", run({ logtime: true })],
    ["-D", run({ debug: true })],
    ["--debug --trace", run({ debug: true, trace: true })],
    ["-V", run({ trace: true })],
    ["-VV", run({ trace: true, traceVerbose: true })],
    ["-DV", run({ debug: true, trace: true })],
    ["-DVV", run({ debug: true, trace: true, traceVerbose: true })],
    ["-DVV -D=0", run({ debug: false, trace: true, traceVerbose: true })],
    ["-v", { is: "version" }],
    ["--version", { is: "version" }],
    ["version", { is: "version" }],
    ["-h", { is: "help" }],
    ["--help -p 1", { is: "help" }],
    ["help", { is: "help" }],
  ])("%p", (line, command) => expect(parse(line)).toEqual(command));

  test("a value may hold blanks, an equals sign or nothing but text that looks like a flag", () => {
    expect(parseFlags(["-l", "a b=c"])).toEqual(run({ logFile: "a b=c" }));
    expect(parseFlags(["--log=-D"])).toEqual(run({ logFile: "-D" }));
  });
});

describe("check", () => {
  test.each<[string, Command]>([
    ["check", { is: "check", file: "appliance.yaml", asJson: false }],
    ["check --json", { is: "check", file: "appliance.yaml", asJson: true }],
    ["check -c box.yaml", { is: "check", file: "box.yaml", asJson: false }],
    ["check --config=box.yaml -json", { is: "check", file: "box.yaml", asJson: true }],
    ["check --json -config a -c b", { is: "check", file: "b", asJson: true }],
    ["check --help", { is: "help" }],
    ["check -c", { is: "mistake", message: "-c needs the name of a configuration file" }],
    ["check box.yaml", { is: "mistake", message: 'check knows -c and --json, not "box.yaml"' }],
    ["check -p 1", { is: "mistake", message: 'check knows -c and --json, not "-p"' }],
  ])("%p", (line, command) => expect(parse(line)).toEqual(command));
});

describe("mistakes", () => {
  test.each([
    ["-q", "unknown flag -q; isthmus --help lists all flags"],
    ["--prot 5", "unknown flag --prot; did you mean --port?"],
    ["-constructor", "unknown flag -constructor; isthmus --help lists all flags"],
    ["--jetstream", "--jetstream is not supported yet; isthmus --help lists all flags"],
    ["-s", "-s is not supported yet; isthmus --help lists all flags"],
    ["-sl restart", 'unknown signal "restart"; it is one of ldm, stop, quit, term, reopen, reload'],
    ["-sl reload=1=2", "invalid signal parameters: 2"],
    ["-ms 0", "--ms: a port is between 1 and 65535, or -1 for any free one, not 0"],
    ["--log_size_limit 5", "--log_size_limit: too small: the least is 1024 bytes"],
    ["-p", "-p needs a value; isthmus --help lists all flags"],
    ["-p x", '-p needs a port, not "x"'],
    ["-p 1.5", '-p needs a port, not "1.5"'],
    ["-m 99999", "-m: a port is between 1 and 65535, or -1 for any free one, not 99999"],
    ["--port 0", "--port: a port is between 1 and 65535, or -1 for any free one, not 0"],
    ["-a nats://h", "-a: expected a host name or address without a port; write 127.0.0.1"],
    ["-n=", "-n: a name cannot be empty"],
    ["-D=maybe", '-D is true or false, not "maybe"'],
    ["-t", "-t checks a configuration file; name it with -c FILE"],
    ["-c=", "-c needs the name of a configuration file"],
    ["serve", 'there is no command "serve"; isthmus --help lists all flags'],
    ["-- help me", 'there is no command "me"; isthmus --help lists all flags'],
    ["-", "- is no flag; isthmus --help lists all flags"],
    ["---p 1", "---p is no flag; isthmus --help lists all flags"],
  ])("%p", (line, message) => expect(parse(line)).toEqual({ is: "mistake", message }));

  test("no command line makes it throw", () => {
    const word = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        "-p",
        "-c",
        "--",
        "-DV",
        "-T=",
        "-t",
        "--log",
        "=",
        "-=",
        "--=x",
        "-p=-p",
        "__proto__",
        "--__proto__",
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        return ["run", "help", "version", "mistake"].includes(parseFlags(argv).is);
      }),
      { numRuns: 500 },
    );
  });
});

test("the help names every flag there is, and none that there is not", () => {
  const named = [...USAGE.matchAll(/(?<=^ +|, )--?(\w+)/gm)].map((match) => match[1]!);
  expect(named).toHaveLength(36);
  for (const flag of named) {
    const given = ["t"].includes(flag) ? [`-${flag}`, "-c", "x"] : [`-${flag}`];
    const { is, ...rest } = parseFlags(given);
    const wantsValue =
      is === "mistake" &&
      "message" in rest &&
      rest.message === `-${flag} needs a value; isthmus --help lists all flags`;
    expect(is !== "mistake" || wantsValue).toBe(true);
  }
});

test("the version stands on one line", () => {
  expect(versionLine("1.2.3")).toBe("isthmus: v1.2.3\n");
});
