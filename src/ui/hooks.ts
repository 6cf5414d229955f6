// How parts of the page follow what changes: the live picture, an endpoint of their own, the address.

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { ask } from "./api.ts";
import { type Live, POLL_MILLIS } from "./live.ts";

export const LiveContext = createContext<Live | null>(null);

/** Draws again at every reading. */
export function useLive(): Live {
  const live = useContext(LiveContext)!;
  const [, setTurn] = useState(0);
  useEffect(() => live.subscribe(() => setTurn((turn) => turn + 1)), [live]);
  return live;
}

export interface Asked<T> {
  /** The newest answer to this very question; null before the first. */
  readonly answer: T | null;
  readonly error: string;
}

/** The answer of an endpoint, asked for again at a fixed rate while the page is shown. */
export function useAsked<T>(url: string | null, everyMillis = 2 * POLL_MILLIS): Asked<T> {
  const live = useContext(LiveContext)!;
  const [state, setState] = useState<Asked<T> & { url: string | null }>({ url, answer: null, error: "" });
  useEffect(() => {
    if (url === null) return;
    let isOver = false;
    let isAsking = false;
    const read = async (): Promise<void> => {
      if (document.hidden || isAsking) return;
      isAsking = true;
      try {
        const answer = await ask<T>(url);
        if (!isOver) setState({ url, answer, error: "" });
      } catch (error) {
        if (!isOver)
          setState((old) => ({
            url,
            answer: old.url === url ? old.answer : null,
            error: (error as Error).message,
          }));
      } finally {
        isAsking = false;
      }
    };
    void read();
    const timer = setInterval(() => {
      if (!live.isPaused) void read();
    }, everyMillis);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [url, everyMillis, live]);
  return state.url === url ? state : { answer: null, error: "" };
}

/** What stands behind `#/` in the address, piece by piece. */
export function useRoute(): readonly string[] {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = (): void => setHash(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return hash.replace(/^#\/?/, "").split("/").map(decoded);
}

export function hrefOf(...pieces: readonly string[]): string {
  return `#/${pieces.map(encodeURIComponent).join("/")}`;
}

function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}

/** A value that follows another one only when that rests: for what is typed. */
export function useResting<T>(value: T, millis = 250): T {
  const [resting, setResting] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setResting(value), millis);
    return () => clearTimeout(timer);
  }, [value, millis]);
  return resting;
}
