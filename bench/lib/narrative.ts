// Tells a demonstration on the terminal: chapters, and claims that are printed with whether they held.

import { styleText } from "node:util";

/** Collects the claims that did not hold, so that who tells the story can end with the right exit code. */
export class Narrative {
  readonly broken: string[] = [];
  #chapters = 0;
  #claims = 0;

  /** How many claims were made. */
  get claims(): number {
    return this.#claims;
  }

  say(text: string): void {
    console.log(text);
  }

  chapter(title: string): void {
    this.#chapters++;
    console.log(`\n${bold(`${this.#chapters}  ${title}`)}`);
  }

  /** Text of several lines, as far in as the claims are. */
  show(text: string): void {
    console.log(text.replaceAll(/^/gm, "     "));
  }

  claim(text: string, held: boolean): void {
    this.#claims++;
    if (!held) this.broken.push(text);
    console.log(`   ${held ? green("✓") : red("✗")} ${text}`);
  }
}

export const bold = styled("bold");
export const dim = styled("dim");
export const green = styled("green");
export const red = styled("red");

/** Plain where the terminal has no colours or the reader wants none. */
function styled(format: "bold" | "dim" | "green" | "red"): (text: string) => string {
  return (text) => styleText(format, text, { stream: process.stdout });
}
