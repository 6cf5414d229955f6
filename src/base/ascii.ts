// The byte values that the protocols are made of, under names a reader knows.

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const ZERO = 0x30;
export const NINE = 0x39;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const STAR = 0x2a;
export const GREATER = 0x3e;
export const PIPE = 0x7c;
