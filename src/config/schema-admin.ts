// The `admin` key: a socket in the file system by which the box is told what to do, and which only those can
// open who may open the file.

import { z } from "zod";
import type { Parsed } from "./address.ts";
import { block, key, keyOr, kind } from "./keys.ts";
import { OTHER_KIND, parsed } from "./kinds.ts";

/** What every system takes as the path of a socket, in bytes. */
const PATH_BYTES_MAX = 100;

function socketPath() {
  const note = { wants: "the path of a socket", example: "/run/isthmus/admin.sock" };
  return parsed(z.string(), note, (value): Parsed<string> => {
    if (value === "") return { problem: "cannot be empty" };
    const isLong = Buffer.byteLength(value) > PATH_BYTES_MAX;
    return isLong ? { problem: `too long: a socket's path has at most ${PATH_BYTES_MAX} bytes` } : { value };
  });
}

/** The digits count, since YAML reads 0600 as six hundred. */
function fileMode() {
  const note = { wants: "octal digits such as 0600 or 0660", example: '"0660"' };
  return parsed(z.union([z.string(), z.number()]), note, (value): Parsed<number> => {
    const digits = String(value);
    if (!/^0?[0-7]{3}$/.test(digits)) return { problem: OTHER_KIND };
    return { value: Number.parseInt(digits, 8) };
  });
}

export const ADMIN = kind(
  z.union([
    socketPath(),
    block({
      socket: key(socketPath(), {
        help: "Path of the socket; a file that nobody listens at is replaced.",
        reload: false,
      }),
      mode: keyOr(fileMode(), "0600", { help: "Who may open it, as the mode of a file.", reload: false }),
    }),
  ]),
  { wants: "the path of a socket, or socket and mode", example: "/run/isthmus/admin.sock" },
);
