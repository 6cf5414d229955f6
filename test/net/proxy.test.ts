// What is asked of an HTTP proxy and how its answer is read, without a socket.

import { describe, expect, test } from "bun:test";
import { connectRequest, type ProxyAnswer, ProxyReply, proxyPlace } from "../../src/net/proxy.ts";
import { proxyAt } from "./scripts.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (of: Uint8Array): string => new TextDecoder().decode(of);

test("the way to a hub is asked for by host and port, IPv6 in brackets, with credentials if there are any", () => {
  expect(connectRequest(proxyAt(1), "hub.example", 7422)).toBe(
    "CONNECT hub.example:7422 HTTP/1.1\r\nHost: hub.example:7422\r\n\r\n",
  );
  expect(connectRequest(proxyAt(1, { user: "pu", password: "pp" }), "::1", 7422)).toBe(
    "CONNECT [::1]:7422 HTTP/1.1\r\nHost: [::1]:7422\r\nProxy-Authorization: Basic cHU6cHA=\r\n\r\n",
  );
});

test("a proxy is where its URL says, with the port of its scheme", () => {
  const at = (url: string) => proxyPlace(proxyAt(1, { url }));
  expect(at("http://proxy.example:3128")).toEqual({ isSecure: false, host: "proxy.example", port: 3128 });
  expect(at("http://proxy.example")).toEqual({ isSecure: false, host: "proxy.example", port: 80 });
  expect(at("https://[::1]/")).toEqual({ isSecure: true, host: "::1", port: 443 });
  expect(at("socks5://proxy.example")).toBe(
    'proxy url scheme must be http or https: "socks5://proxy.example"',
  );
  expect(at("proxy")).toBe('proxy url "proxy" cannot be read');
});

describe("an answer", () => {
  const good = 'HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nINFO {"a":1}\r\n';

  test("opens the way however it is cut, and what follows is the hub's to the byte", () => {
    for (let cut = 0; cut <= good.length; cut++) {
      const reply = new ProxyReply();
      let rest = "";
      let answer: ProxyAnswer | null = null;
      for (const piece of [good.slice(0, cut), good.slice(cut)]) {
        if (answer !== null) rest += piece;
        else {
          answer = reply.feed(bytes(piece));
          if (answer !== null) rest += text(answer.rest);
        }
      }
      expect(answer?.refusal).toBeNull();
      expect(rest).toBe('INFO {"a":1}\r\n');
    }
  });

  test("opens the way when it comes byte by byte", () => {
    const reply = new ProxyReply();
    const head = good.slice(0, good.indexOf("INFO"));
    const answers = [...head].map((char) => reply.feed(bytes(char)));
    expect(answers.pop()).toEqual({ refusal: null, rest: new Uint8Array(0) });
    expect(answers.every((answer) => answer === null)).toBe(true);
  });

  test("with another status refuses, in the words of the proxy", () => {
    const refusal = (of: string): string | null | undefined => new ProxyReply().feed(bytes(of))?.refusal;
    expect(refusal("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")).toBe(
      "proxy CONNECT failed: 407 Proxy Authentication Required",
    );
    expect(refusal("HTTP/1.0 502\r\nX: y\r\n\r\n")).toBe("proxy CONNECT failed: 502");
    expect(refusal("HTTP/1.1 201 Created\r\n\r\n")).toBe("proxy CONNECT failed: 201 Created");
    expect(refusal("-ERR 'what'\r\n\r\n")).toBe("proxy CONNECT failed: its answer is not HTTP");
  });

  test("that does not end is not waited for", () => {
    const reply = new ProxyReply();
    expect(reply.feed(bytes("HTTP/1.1 200 OK\r\n"))).toBeNull();
    expect(reply.feed(bytes(`X: ${"y".repeat(20_000)}`))?.refusal).toBe(
      "proxy CONNECT failed: its answer is too long",
    );
  });
});
