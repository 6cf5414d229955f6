// The dashboard as the files that a browser loads, made from src/ui. `bun src/main.ts` makes them when they
// are first asked for, in a few milliseconds; a binary has no sources, so packaging/build.ts puts the
// finished files in this module's place.

/** Name without folder, such as `app.js`, to its text. */
export type UiFiles = Readonly<Record<string, string>>;

const SOURCES = `${import.meta.dir}/../ui`;

/** Throws with what the bundler said. */
export async function buildUi(): Promise<UiFiles> {
  const built = await Bun.build({
    entrypoints: [`${SOURCES}/main.tsx`],
    target: "browser",
    minify: true,
    define: { "process.env.NODE_ENV": '"production"' },
    throw: false,
  });
  if (!built.success) throw new Error(built.logs.map(String).join("\n"));
  const files: Record<string, string> = {
    "index.html": await Bun.file(`${SOURCES}/page.html`).text(),
    "icon.svg": await Bun.file(`${SOURCES}/icon.svg`).text(),
  };
  for (const output of built.outputs) {
    if (output.path.endsWith(".js")) files["app.js"] = await output.text();
    if (output.path.endsWith(".css")) files["app.css"] = await output.text();
  }
  return files;
}
