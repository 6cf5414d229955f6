// Dangers of remotes: unknown or forgotten ones, oneself, those that hang on one server or are not verified.

import { table } from "./danger-table.ts";

const REMOTE_URLS = "urls: [nats://b1, nats://b2]";
const LEAF_URLS = "urls: [nats://hub1, nats://hub2]";

table("unverified", [
  [
    `gateway: {name: a, gateways: [{name: b, ${REMOTE_URLS}, tls: {insecure: true}}]}`,
    "1:87 gateway.gateways[0].tls.insecure: warning: the remote gateway's certificate is not verified; write ca_file",
    `gateway: {name: a, gateways: [{name: b, ${REMOTE_URLS}, tls: {insecure: false}}]}`,
  ],
  [
    `leafnodes: {remotes: [{${LEAF_URLS}, proxy: {url: https://p, tls: {insecure: true}}}]}`,
    "1:98 leafnodes.remotes[0].proxy.tls.insecure: warning: the proxy's certificate is not verified",
    `leafnodes: {remotes: [{${LEAF_URLS}, proxy: {url: https://p, tls: {ca_file: c}}}]}`,
  ],
]);

table("unknown-gateways", [
  [
    `gateway: {name: a, host: h, gateways: [{name: b, ${REMOTE_URLS}}]}`,
    "1:1 gateway.reject_unknown: warning: clusters that are not in gateways are accepted as well; write reject_unknown: true",
    `gateway: {name: a, host: h, reject_unknown: true, gateways: [{name: b, ${REMOTE_URLS}}]}`,
  ],
  [
    `gateway: {name: a, host: h, reject_unknown: false, gateways: [{name: b, ${REMOTE_URLS}}]}`,
    "1:45 gateway.reject_unknown: warning: clusters",
    `gateway: {name: a, host: localhost, gateways: [{name: b, ${REMOTE_URLS}}]}`,
  ],
  [
    `gateway: {name: a, host: h, gateways: [{name: b, ${REMOTE_URLS}}]}`,
    "1:1",
    "gateway: {name: a, host: h}",
  ],
]);

table("own-cluster-unlisted", [
  [
    `gateway: {name: a, gateways: [{name: b, ${REMOTE_URLS}}, {name: c, urls: [nats://c1, nats://c2]}]}`,
    "1:30 gateway.gateways: warning: does not name a itself",
    `gateway: {name: a, gateways: [{name: a, url: nats://a}, {name: b, ${REMOTE_URLS}}, {name: c, url: nats://c1}]}`,
  ],
  [
    "gateway: {name: a, gateways: [{name: b, url: nats://h:1}, {name: c, url: nats://h:2}]}",
    "1:30 gateway.gateways: warning: does not name a itself",
    "gateway: {name: a, gateways: [{name: b, url: nats://h:1}, {name: '*', deny: [x]}]}",
  ],
  [
    "gateway: {name: a, gateways: [{name: b, url: nats://h:1}, {name: c, url: nats://h:2}]}",
    "1:30",
    "gateway: {name: a, gateways: [{name: b, url: nats://localhost:1}, {name: c, url: nats://127.0.0.1:2}]}",
  ],
]);

table("oneself", [
  [
    "gateway: {name: a, gateways: [{name: a, url: nats://h}]}",
    "1:30 gateway.gateways: warning: the only entry is a itself",
    "gateway: {name: a, gateways: [{name: a, url: nats://h}, {name: b, url: nats://i}]}",
  ],
  [
    "gateway: {name: region-a, gateways: [{name: Region-A, url: nats://h}]}",
    "1:45 gateway.gateways[0].name: warning: differs from gateway.name, region-a, in case only",
    "gateway: {name: region-a, gateways: [{name: region-b, url: nats://h}]}",
  ],
  [
    "gateway: {name: a, listen: '127.0.0.1:7222', gateways: [{name: b, url: nats://localhost:7222}]}",
    "1:72 gateway.gateways[0].url: warning: localhost:7222 is an address of this cluster, a; write one of b",
    "gateway: {name: a, listen: '127.0.0.1:7222', gateways: [{name: b, url: nats://localhost:7223}]}",
  ],
  [
    "gateway: {name: a, listen: '0.0.0.0:7222', advertise: GW.example.org, gateways: [{name: b, urls: [nats://x, nats://gw.example.org]}]}",
    "1:98 gateway.gateways[0].urls: warning: gw.example.org:7222 is an address of this cluster",
    "gateway: {name: a, listen: '0.0.0.0:7222', advertise: gw.example.org, gateways: [{name: a, url: nats://gw.example.org}, {name: b, url: nats://x}]}",
  ],
  [
    "gateway: {name: a, gateways: [{name: a, url: nats://one}, {name: b, url: nats://one}]}",
    "1:74 gateway.gateways[1].url: warning: one:7222 is an address of this cluster",
    "gateway: {name: a, gateways: [{name: a, url: nats://one}, {name: b, url: nats://two}]}",
  ],
  [
    "leafnodes: {listen: '0.0.0.0:7422', remotes: [{url: nats://localhost:7422}]}",
    "1:53 leafnodes.remotes[0].url: warning: localhost:7422 is this box itself; write the address of the hub",
    "leafnodes: {listen: '0.0.0.0:7422', remotes: [{url: nats://localhost:7423}]}",
  ],
  [
    "leafnodes: {listen: '0.0.0.0:7422', remotes: [{url: nats://localhost:7422}]}",
    "1:53",
    "leafnodes: {listen: '0.0.0.0:7422', remotes: [{url: nats://localhost:7422, disabled: true}]}",
  ],
]);

table("single-url", [
  [
    "gateway: {name: a, gateways: [{name: b, url: nats://h}]}",
    "1:46 gateway.gateways[0].url: warning: one URL only: while that server is away, the region is",
    `gateway: {name: a, gateways: [{name: b, ${REMOTE_URLS}}]}`,
  ],
  [
    "leafnodes: {remotes: [{urls: [nats://hub]}]}",
    "1:30 leafnodes.remotes[0].urls: warning: one URL only: while that server is away, the hub is",
    `leafnodes: {remotes: [{${LEAF_URLS}}]}`,
  ],
  ["leafnodes: {remotes: [{url: nats://hub}]}", "1:29", "leafnodes: {remotes: [{url: nats://127.0.0.1}]}"],
  [
    "leafnodes: {remotes: [{url: nats://hub}]}",
    "1:29",
    "leafnodes: {remotes: [{url: nats://hub, urls: [nats://hub2]}]}",
  ],
]);
