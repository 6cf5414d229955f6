import { expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import { SubjectScan } from "../../src/interest/scan.ts";

function literalHash(scan: SubjectScan, text: string, account = 1): number {
  const buf = bytesOf(text);
  scan.read(buf, 0, buf.length);
  return scan.literalHash(account);
}

test("the hash of a pattern is what its shape makes of a subject that it matches", () => {
  const scan = new SubjectScan(5);
  for (const [pattern, subject] of [
    ["*", "a"],
    [">", "a.b"],
    ["a.*", "a.bcdefghi"],
    ["*.b.*.d.>", "a.b.c.d.e.f"],
    [`${"*.".repeat(70)}x`, `${"ab.".repeat(70)}x`],
  ]) {
    const p = bytesOf(pattern!);
    const s = bytesOf(subject!);
    expect(scan.readPattern(p, 0, p.length)).toBe(true);
    const hash = scan.patternHash(9);
    const { tokens, tail } = scan;
    const stars = scan.starred ? scan.stars.slice() : new Int32Array(3);
    scan.read(s, 0, s.length);
    expect(scan.shapeHash(9, tokens, tail, stars, 0)).toBe(hash);
  }
});

test("where a subject lies in a buffer does not change its hash", () => {
  const scan = new SubjectScan(5);
  const buf = bytesOf("xx.orders.eu.42.yy");
  scan.read(buf, 3, buf.length - 3);
  expect(scan.literalHash(1)).toBe(literalHash(scan, "orders.eu.42"));
});

test("subjects, accounts and seeds that differ little have hashes that differ in their low bits", () => {
  const scan = new SubjectScan(77);
  const low = new Map<number, number>();
  const count = 1 << 16;
  for (let i = 0; i < count; i++) {
    const bucket = literalHash(scan, `a.${i >> 8}.${i & 255}`, i & 3) & (count - 1);
    low.set(bucket, (low.get(bucket) ?? 0) + 1);
  }
  // Of n balls in n bins a share of 1 - 1/e of the bins is hit.
  expect(low.size / count).toBeCloseTo(1 - 1 / Math.E, 2);
  expect(Math.max(...low.values())).toBeLessThan(12);
  const seeds = new Set(Array.from({ length: 1000 }, (_, seed) => literalHash(new SubjectScan(seed), "a.b")));
  expect(seeds.size).toBe(1000);
});

test("subjects that differ where multiplication is weak do not share a hash under most seeds", () => {
  // Top bits of two neighbouring words: a hash without secret keys between them would cancel these out.
  const pairs: [number[], number[]][] = [
    [
      [0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61],
      [0xe1, 0x61, 0x61, 0x61, 0xe1, 0x60, 0x61, 0x61],
    ],
    [
      [0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61],
      [0xe1, 0x61, 0x61, 0x61, 0xe1, 0x61, 0x61, 0x61],
    ],
    [
      [0x61, 0x2e, 0x62, 0x2e, 0x63],
      [0x62, 0x2e, 0x61, 0x2e, 0x63],
    ],
    [
      [0x61, 0x61, 0x2e, 0x61],
      [0x61, 0x2e, 0x61, 0x61],
    ],
  ];
  for (const [a, b] of pairs) {
    let same = 0;
    for (let seed = 0; seed < 2000; seed++) {
      const scan = new SubjectScan(seed);
      scan.read(Uint8Array.from(a), 0, a.length);
      const hash = scan.literalHash(1);
      scan.read(Uint8Array.from(b), 0, b.length);
      if (scan.literalHash(1) === hash) same++;
    }
    expect(same).toBeLessThan(3);
  }
});
