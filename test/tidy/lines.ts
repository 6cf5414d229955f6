// The lines of the architecture, highest first, with what each is for.

export interface Line {
  readonly folders: readonly string[];
  readonly is: string;
}

/** Higher lines may import lower ones; folders on one line never import each other. */
export const LINES: readonly Line[] = [
  { folders: ["main.ts"], is: "argv to command" },
  { folders: ["ui"], is: "the dashboard in the browser: monitor serves it, and nobody imports it" },
  { folders: ["cli"], is: "commands and flags" },
  { folders: ["appliance"], is: "core, net, config and monitor joined: start and stop" },
  {
    folders: ["net", "sim", "monitor", "config"],
    is: "the outside world: sockets, simulated sockets, readers, YAML",
  },
  { folders: ["core"], is: "the whole appliance without its sockets" },
  { folders: ["forward"], is: "match, fan out, encode" },
  { folders: ["gateway", "leaf", "client", "route"], is: "sessions, one folder a peer kind" },
  { folders: ["peer"], is: "what every session has" },
  {
    folders: ["wire", "interest", "auth", "kernel"],
    is: "pure protocol, pure matching, pure identity, compiled code",
  },
  { folders: ["subject"], is: "what a subject is" },
  { folders: ["base"], is: "bytes, clock, errors, limits: knows nothing of NATS" },
];

/** Of a path from the top of the repository: "wire" for src/wire/op.ts, "main.ts" for src/main.ts. */
export function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** 0 for the highest; -1 for a folder that no line has. */
export function lineOf(folder: string): number {
  return LINES.findIndex(({ folders }) => folders.includes(folder));
}
