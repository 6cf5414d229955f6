// The directory of a full NATS resolver, as nats-server lays it out: `<public key>.jwt`, and
// `<public key>.jwt.deleted` for what was deleted. Source: client-and-auth.md §4.1, nats-server 2.15.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { JWT_CHARACTERS_MAX, STORED_ACCOUNTS_MAX } from "../auth/bounds.ts";
import { isPublicKey } from "../auth/nkey.ts";
import type { AccountDisk, AccountFile } from "../core/resolver.ts";

const ENDING = ".jwt";
const DIRECTORY_MODE = 0o750;
const FILE_MODE = 0o640;
/** How many files are told of that cannot be used; one is enough to go and look. */
const PROBLEMS_MAX = 100;

export class AccountFiles implements AccountDisk {
  /** Makes the directory when there is none. Throws an Error that names it when it cannot be used. */
  constructor(
    private readonly dir: string,
    private readonly renamesDeleted: boolean,
  ) {
    try {
      mkdirSync(dir, { recursive: true, mode: DIRECTORY_MODE });
      readdirSync(dir);
    } catch (error) {
      throw new Error(`resolver.dir ${dir} cannot be used: ${(error as Error).message}`);
    }
  }

  load(): AccountFile[] {
    const files: AccountFile[] = [];
    let problems = 0;
    for (const name of readdirSync(this.dir).sort()) {
      if (!name.endsWith(ENDING) || files.length > STORED_ACCOUNTS_MAX + PROBLEMS_MAX) continue;
      const file = `${this.dir}/${name}`;
      const read = this.#read(file, name.slice(0, -ENDING.length));
      if (!("problem" in read) || problems++ < PROBLEMS_MAX) files.push(read);
    }
    return files;
  }

  /** Whoever can write here can give us a link to a device, or a file that is larger than memory. */
  #read(file: string, key: string): AccountFile {
    if (!isPublicKey(key, "account")) return { file, problem: "it is not called as an account's public key" };
    try {
      const stat = lstatSync(file);
      if (!stat.isFile()) return { file, problem: "it is no regular file" };
      if (stat.size > JWT_CHARACTERS_MAX) return { file, problem: "it is larger than any JWT" };
      return { file, key, jwt: readFileSync(file, "latin1").trim() };
    } catch (error) {
      return { file, problem: (error as Error).message };
    }
  }

  /** A file is there whole or as it was before, whatever happens meanwhile. */
  keep(account: string, jwt: string): void {
    const file = this.#fileOf(account);
    writeFileSync(`${file}.new`, jwt, { mode: FILE_MODE });
    renameSync(`${file}.new`, file);
  }

  drop(account: string): void {
    const file = this.#fileOf(account);
    if (!this.renamesDeleted) return rmSync(file, { force: true });
    if (existsSync(file)) renameSync(file, `${file}.deleted`);
  }

  #fileOf(account: string): string {
    return `${this.dir}/${account}${ENDING}`;
  }
}
