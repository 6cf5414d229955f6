// `bun run tour`: prints which failure is seen where, and exits 1 when one is not seen everywhere under its
// reason code. With --write the page in docs is written anew.

import { whyNoCertificates } from "../../test/support/certificates.ts";
import { green, red } from "../lib/narrative.ts";
import { natsServer } from "../lib/systems.ts";
import { table } from "../lib/table.ts";
import { PAGE, pageOf, rowsOf } from "./page.ts";
import { isWhole, walk } from "./tour.ts";

async function main(): Promise<number> {
  const why = natsServer() === undefined ? "there is no nats-server 2.15 here" : whyNoCertificates();
  if (why !== undefined) throw new Error(why);
  console.log("Failures between regions, each looked for on every surface of the box:\n");
  const tour = await walk((stop) => {
    const { failure, seenAfter, healedAfter } = stop;
    const times = `seen everywhere after ${seenAfter.toFixed(1)} s, over after ${healedAfter.toFixed(1)} s`;
    const mark = isWhole(stop) ? green("✓") : red("✗");
    console.log(` ${mark} ${failure.title}: ${failure.code}; ${times}`);
    for (const [surface, seen] of stop.seen)
      console.log(`     ${surface.padEnd(10)} ${seen?.text ?? "nothing"}`);
  });
  const [head, ...rows] = rowsOf(tour);
  console.log(`\n${table(head!, rows)}\n`);
  if (tour.without !== "") console.log(`${tour.without}\n`);
  const missing = tour.stops.filter((stop) => !isWhole(stop));
  if (missing.length > 0) {
    console.log(red(`not seen everywhere: ${missing.map(({ failure }) => failure.title).join(", ")}`));
    return 1;
  }
  console.log(green(`All ${tour.stops.length} failures have one reason code on all surfaces.`));
  if (process.argv.includes("--write")) await Bun.write(PAGE, pageOf(tour));
  return 0;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(`\n${red("tour:")} ${(error as Error).message}`);
  process.exit(1);
}
