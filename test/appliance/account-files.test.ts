// The directory of a full resolver: what is in it is taken as somebody's who may write there, not as ours.

import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccount, createUser } from "@nats-io/nkeys";
import { AccountFiles } from "../../src/appliance/account-files.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-files-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const key = (): string => createAccount().getPublicKey();

test("what is kept is there again, in a file of its own as nats-server has it", () => {
  const own = join(dir, "a", "b");
  const [one, two] = [key(), key()];
  const files = new AccountFiles(own, true);
  files.keep(one, "first");
  files.keep(two, "second");
  files.keep(one, "third");
  expect(readdirSync(own).sort()).toEqual([`${one}.jwt`, `${two}.jwt`].sort());
  expect(readFileSync(join(own, `${one}.jwt`), "utf8")).toBe("third");
  const loaded = new AccountFiles(own, true).load();
  expect(loaded.map((file) => ("jwt" in file ? `${file.key} ${file.jwt}` : file.problem)).sort()).toEqual(
    [`${one} third`, `${two} second`].sort(),
  );
});

test("what is deleted gets another name, or is gone", () => {
  const one = key();
  for (const renames of [true, false]) {
    const files = new AccountFiles(dir, renames);
    files.keep(one, "x");
    files.drop(one);
    files.drop(one);
    expect(existsSync(join(dir, `${one}.jwt`))).toBe(false);
    expect(existsSync(join(dir, `${one}.jwt.deleted`))).toBe(true);
    expect(files.load()).toEqual([]);
    if (renames) continue;
    expect(readdirSync(dir)).toEqual([`${one}.jwt.deleted`]);
  }
});

test("files that are no accounts are told and left alone", () => {
  const [good, directory, link, large] = [key(), key(), key(), key()];
  writeFileSync(join(dir, `${good}.jwt`), "good\n");
  writeFileSync(join(dir, "readme.txt"), "x");
  writeFileSync(join(dir, `${key()}.jwt.new`), "torn");
  writeFileSync(join(dir, `${createUser().getPublicKey()}.jwt`), "a user");
  writeFileSync(join(dir, "..jwt"), "x");
  mkdirSync(join(dir, `${directory}.jwt`));
  symlinkSync("/dev/zero", join(dir, `${link}.jwt`));
  writeFileSync(join(dir, `${large}.jwt`), "x".repeat(2 * 1024 * 1024));
  const loaded = new AccountFiles(dir, true).load();
  const problems = loaded.flatMap((file) => ("problem" in file ? [file.problem] : []));
  expect(loaded.flatMap((file) => ("jwt" in file ? [[file.key, file.jwt]] : []))).toEqual([[good, "good"]]);
  expect(problems.sort()).toEqual([
    "it is larger than any JWT",
    "it is no regular file",
    "it is no regular file",
    "it is not called as an account's public key",
    "it is not called as an account's public key",
  ]);
  expect(readdirSync(dir).length).toBe(8);
});

test("a directory that cannot be one is told by its name", () => {
  const file = join(dir, "file");
  writeFileSync(file, "");
  expect(() => new AccountFiles(file, true)).toThrow(`resolver.dir ${file} cannot be used`);
});
