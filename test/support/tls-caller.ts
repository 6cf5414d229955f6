// Somebody who calls a listener with TLS, as well or as badly as a test wants it.

import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { JsonObject } from "./member.ts";
import { within } from "./wait.ts";

export interface Call {
  readonly port: number;
  /** The server says INFO in clear before TLS begins. */
  readonly afterInfo: boolean;
  /** A tls block whose certificate is shown; null: none is. */
  readonly shows: JsonObject | null;
  /** What is said once TLS is up, and what is heard by whoever is let in. */
  readonly says: string;
  readonly hears: RegExp;
}

/** Is he let in? Whoever is not is cut, and that is waited for. */
export async function isLetIn(call: Call, withinMillis = 10_000): Promise<boolean> {
  const socket = connect(call.port, "127.0.0.1");
  try {
    return await within("it is known who is let in", outcome(socket, call), withinMillis);
  } finally {
    socket.destroy();
  }
}

/** The same in clear where TLS is spoken. */
export async function isLetInInClear(
  { port, says, hears }: Omit<Call, "shows" | "afterInfo">,
  withinMillis = 10_000,
): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  socket.on("connect", () => socket.write(says));
  try {
    return await within("it is known who is let in", heard(socket, hears), withinMillis);
  } finally {
    socket.destroy();
  }
}

async function outcome(socket: Socket, { afterInfo, shows, says, hears }: Call): Promise<boolean> {
  if (afterInfo && !(await heard(socket, /INFO /))) return false;
  socket.removeAllListeners("data");
  const read = (file: string): string => readFileSync(String(shows?.[file]), "utf8");
  const secure = connectTls({
    socket,
    rejectUnauthorized: false,
    ...(shows === null ? {} : { cert: read("cert_file"), key: read("key_file") }),
  });
  secure.on("secureConnect", () => secure.write(says));
  return await heard(secure, hears);
}

/** false: it ended before. */
function heard(socket: Socket, wanted: RegExp): Promise<boolean> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk: Uint8Array) => {
      text += Buffer.from(chunk).toString("latin1");
      if (wanted.test(text)) resolve(true);
    });
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
    socket.on("end", () => resolve(false));
  });
}
