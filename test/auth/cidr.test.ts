// Addresses and blocks of them.

import { expect, test } from "bun:test";
import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { isInBlock, parseBlock, parseIp } from "../../src/auth/cidr.ts";

const isIn = (ip: string, block: string): boolean => isInBlock(parseBlock(block)!, parseIp(ip)!);

test("an address is read when the runtime reads it", () => {
  const text = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{1,20}$/));
  fc.assert(
    fc.property(text, (ip) => {
      expect(`${ip} ${parseIp(ip) !== null}`).toBe(`${ip} ${isIP(ip) !== 0}`);
    }),
    { numRuns: 3_000 },
  );
});

test("an address is in a block when the runtime says so", () => {
  const families = [
    ["ipv4", fc.ipV4(), 32],
    ["ipv6", fc.ipV6(), 128],
  ] as const;
  for (const [family, ips, most] of families) {
    fc.assert(
      fc.property(ips, ips, fc.integer({ min: 0, max: most }), (network, ip, bits) => {
        const isMapped = [network, ip].some((each) => parseIp(each)!.length * 8 !== most);
        fc.pre(!isMapped);
        const list = new BlockList();
        list.addSubnet(network, bits, family);
        expect(isIn(ip, `${network}/${bits}`)).toBe(list.check(ip, family));
        expect(isIn(network, `${network}/${bits}`)).toBe(true);
      }),
    );
  }
});

test("IPv4 and IPv6 do not meet, save where one is written as the other", () => {
  expect(isIn("10.0.0.1", "::/0")).toBe(false);
  expect(isIn("::1", "0.0.0.0/0")).toBe(false);
  expect(isIn("::ffff:10.0.0.1", "10.0.0.0/8")).toBe(true);
  expect(isIn("10.0.0.1", "::ffff:10.0.0.0/104")).toBe(true);
  expect(isIn("11.0.0.1", "::ffff:10.0.0.0/104")).toBe(false);
  expect(isIn("fe80::1%eth0", "fe80::/10")).toBe(true);
});

test("what is no block is none", () => {
  const wrong = [
    "",
    "/",
    "10.0.0.0",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/8/8",
    "10.0.0/8",
    "::/129",
    "x/8",
    "1.2.3.4/-1",
  ];
  expect(wrong.filter((text) => parseBlock(text) !== null)).toEqual([]);
});
