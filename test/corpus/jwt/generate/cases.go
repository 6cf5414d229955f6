// Claims with one thing wrong, or odd, each.
package main

import "strings"

const unlimited = -1

// Account claims of version 2 with these members of `nats`, and no limit.
func account(k keys, nats object) object {
	if _, ok := nats["limits"]; !ok {
		nats["limits"] = object{
			"subs": unlimited, "data": unlimited, "payload": unlimited, "imports": unlimited,
			"exports": unlimited, "wildcards": true, "conn": unlimited, "leaf": unlimited,
		}
	}
	nats["type"], nats["version"] = "account", 2
	return object{"sub": public(k.account), "name": "A", "iat": 100, "nats": nats}
}

func user(k keys, nats object) object {
	nats["type"], nats["version"] = "user", 2
	return object{"sub": public(k.user), "name": "U", "iat": 100, "nats": nats}
}

type list = []any

func accounts(k keys) []verdict {
	other := public(k.other)
	imported := func(more object) object {
		claim := object{"subject": "a.*", "account": other, "type": "stream"}
		for name, value := range more {
			claim[name] = value
		}
		return object{"imports": list{claim}}
	}
	exported := func(more object) object {
		claim := object{"subject": "a.*", "type": "service"}
		for name, value := range more {
			claim[name] = value
		}
		return object{"exports": list{claim}}
	}
	service := func(subject string) object { return object{"subject": subject, "type": "service"} }
	named := func(subject string) object {
		return object{"subject": subject, "type": "service", "account": other}
	}
	cases := []struct {
		says string
		nats object
	}{
		{"nothing", object{}}, {"no limits at all", object{"limits": object{}}},
		{"an import of no type", imported(object{"type": nil})},
		{"an import of a wrong type", imported(object{"type": "queue"})},
		{"an import without an account", imported(object{"account": ""})},
		{"an import without a subject", imported(object{"subject": ""})},
		{"an import with a space", imported(object{"subject": "a b"})},
		{"an import with an empty token", imported(object{"subject": "a..b"})},
		{"an import that begins with a dot", imported(object{"subject": ".a"})},
		{"an import with the old local name", imported(object{"to": "prefix"})},
		{"an import with both local names", imported(object{"to": "x.*", "local_subject": "x.*"})},
		{"an import renamed by number", imported(object{"local_subject": "x.$1"})},
		{"an import renamed without its wildcard", imported(object{"local_subject": "x.y"})},
		{"an import renamed with a number that is not there", imported(object{"local_subject": "x.$2"})},
		{"an import renamed to a wider one", imported(object{"local_subject": "x.>"})},
		{"a stream import that shares", imported(object{"share": true})},
		{"a service import that traces", imported(object{"type": "service", "allow_trace": true})},
		{"an import with a token that is none", imported(object{"token": "x.y.z"})},
		{"service imports that overlap", object{"imports": list{named("a.*"), named("a.b")}}},
		{"service imports that are equal", object{"imports": list{named("a.b"), named("a.b")}}},
		{"service imports apart", object{"imports": list{named("a.*"), named("b.*")}}},
		{"an export of no type", exported(object{"type": nil})},
		{"an export of an unknown response type", exported(object{"response_type": "Many"})},
		{"a stream export with a response type", exported(object{"type": "stream", "response_type": "Stream"})},
		{"a stream export that traces", exported(object{"type": "stream", "allow_trace": true})},
		{"a stream export with latency", exported(object{"type": "stream", "service_latency": object{"sampling": 5, "results": "r"}})},
		{"an export with latency above 100", exported(object{"service_latency": object{"sampling": 101, "results": "r"}})},
		{"an export with latency to a wildcard", exported(object{"service_latency": object{"sampling": "HEADERS", "results": "r.*"}})},
		{"an export with a negative threshold", exported(object{"response_threshold": -1})},
		{"a stream export with a threshold", exported(object{"type": "stream", "response_threshold": 1})},
		{"an export with a position", exported(object{"account_token_position": 2})},
		{"an export with a position that is no wildcard", exported(object{"account_token_position": 1})},
		{"an export with a position beyond its end", exported(object{"account_token_position": 9})},
		{"an export with a position without wildcards", exported(object{"subject": "a.b", "account_token_position": 1})},
		{"an export with a negative position", exported(object{"account_token_position": -1})},
		{"exports that hold each other", object{"exports": list{service("a.*"), service("a.b")}}},
		{"exports that are equal", object{"exports": list{service("a.b"), service("a.b")}}},
		{"exports with > inside of *", object{"exports": list{service("a.>"), service("a.*")}}},
		{"exports of two kinds", object{"exports": list{service("a"), object{"subject": "a", "type": "stream"}}}},
		{"more exports than allowed", object{"limits": object{"exports": 1, "wildcards": true}, "exports": list{service("a"), service("b")}}},
		{"more imports than allowed", object{"limits": object{"exports": unlimited}, "imports": list{named("a")}}},
		{"a wildcard export that is not allowed", object{"limits": object{"exports": 1}, "exports": list{service("a.*")}}},
		{"a tier without a name", object{"limits": object{"tiered_limits": object{"": object{}}}}},
		{"default permissions with a queue where none may be", object{"default_permissions": object{"pub": object{"allow": list{"a q"}}}}},
		{"default permissions with a queue", object{"default_permissions": object{"sub": object{"allow": list{"a q"}}}}},
		{"a mapping above 100 percent", object{"mappings": object{"a": list{object{"subject": "b", "weight": 101}}}}},
		{"mappings above 100 percent in a cluster", object{"mappings": object{"a": list{object{"subject": "b", "weight": 60, "cluster": "C"}, object{"subject": "c", "weight": 60, "cluster": "C"}}}}},
		{"a mapping to nothing", object{"mappings": object{"a": list{object{"subject": ""}}}}},
		{"a mapping with a weight that is too large", object{"mappings": object{"a": list{object{"subject": "b", "weight": 256}}}}},
		{"a signing key that is none", object{"signing_keys": list{"AX"}}},
		{"a signing key of a user", object{"signing_keys": list{public(k.user)}}},
		{"a scope of an unknown kind", object{"signing_keys": list{object{"kind": "x", "key": other}}}},
		{"a scope whose key is none", object{"signing_keys": list{object{"kind": "user_scope", "key": "AX"}}}},
		{"accounts for a service without its users", object{"authorization": object{"allowed_accounts": list{"*"}}}},
		{"a user of a service that is none", object{"authorization": object{"auth_users": list{other}}}},
		{"all accounts and one", object{"authorization": object{"auth_users": list{public(k.user)}, "allowed_accounts": list{"*", other}}}},
		{"a wrong curve key", object{"authorization": object{"auth_users": list{public(k.user)}, "xkey": other}}},
		{"a trace to a wildcard", object{"trace": object{"dest": "a.*"}}},
		{"a trace with too much", object{"trace": object{"dest": "a", "sampling": 101}}},
		{"an unknown cluster traffic", object{"cluster_traffic": "all"}},
		{"an info URL without a host", object{"info_url": "https:///x"}},
		{"a long description", object{"description": strings.Repeat("d", 8193)}},
		{"revocations", object{"revocations": object{"*": 5, public(k.user): 7}}},
		{"revocations that are no numbers", object{"revocations": object{"*": "5"}}},
		{"limits that are text", object{"limits": object{"subs": "1"}}},
		{"limits with a fraction", object{"limits": object{"subs": 1.5}}},
		{"names in other letters", object{"EXPORTS": list{object{"Subject": "a", "TYPE": "stream"}}}},
		{"nulls", object{"imports": nil, "exports": nil, "signing_keys": nil, "mappings": nil}},
	}
	var judged []verdict
	for _, each := range cases {
		judged = append(judged, judge("an account with "+each.says, raw(k.operator, account(k, each.nats))))
	}
	return append(judged,
		judge("an account that signed itself", raw(k.account, account(k, object{}))),
		judge("an account that a user signed", raw(k.user, account(k, object{}))))
}

func users(k keys) []verdict {
	cases := []struct {
		says string
		nats object
	}{
		{"nothing", object{}}, {"no limits", object{"subs": unlimited, "data": unlimited, "payload": unlimited}},
		{"sources in one text", object{"src": " 10.0.0.0/8,192.168.0.0/16 ,"}},
		{"a source without a mask", object{"src": list{"10.0.0.1"}}},
		{"a source with a mask that is too long", object{"src": list{"10.0.0.0/33"}}},
		{"a source with a leading zero", object{"src": list{"010.0.0.0/8"}}},
		{"a source of IPv6", object{"src": list{"::1/128", "2001:db8::/32", "::ffff:10.0.0.0/104"}}},
		{"a source that is a name", object{"src": list{"localhost/8"}}},
		{"hours", object{"times": list{object{"start": "8:00:00", "end": "17:00:00"}}}},
		{"hours without an end", object{"times": list{object{"start": "08:00:00"}}}},
		{"hours that are none", object{"times": list{object{"start": "25:00:00", "end": "8"}}}},
		{"a time zone", object{"times_location": "America/New_York"}},
		{"a time zone that is none", object{"times_location": "Europe/Atlantis"}},
		{"a wrong account", object{"issuer_account": public(k.user)}},
		{"publishing to a queue", object{"pub": object{"deny": list{"a q"}}}},
		{"subscribing in a queue", object{"sub": object{"allow": list{"a q.*"}}}},
		{"a permission of three words", object{"sub": object{"allow": list{"a b c"}}}},
		{"an empty permission", object{"sub": object{"allow": list{""}}}},
		{"a permission that is a text", object{"sub": object{"allow": "a"}}},
		{"responses", object{"resp": object{"max": 3}}},
		{"unknown connection types", object{"allowed_connection_types": list{"PIGEON"}}},
	}
	var judged []verdict
	for _, each := range cases {
		judged = append(judged, judge("a user with "+each.says, raw(k.account, user(k, each.nats))))
	}
	old := func(nats object) object {
		return object{"type": "user", "sub": public(k.user), "iat": 1, "issuer_account": public(k.other), "tags": list{"t"}, "nats": nats}
	}
	oldAccount := object{"type": "account", "sub": public(k.account), "nats": object{
		"signing_keys": list{public(k.other)}, "limits": object{"subs": 5}, "mappings": object{"a": list{}},
	}}
	return append(judged,
		whole("a user of version 1", rawHeader(k.account, object{"typ": "jwt", "alg": "ed25519"}, old(object{"sub": object{"allow": list{"a"}}}))),
		whole("an account of version 1", rawHeader(k.operator, object{"typ": "jwt", "alg": "ed25519"}, oldAccount)),
		judge("a user that an operator signed", raw(k.operator, user(k, object{}))))
}

func broken(k keys) []verdict {
	good := raw(k.account, user(k, object{}))
	parts := strings.Split(good, ".")
	with := func(more object) object {
		claims := user(k, object{})
		for name, value := range more {
			claims[name] = value
		}
		return claims
	}
	versioned := func(version any) string {
		claims := user(k, object{})
		claims["nats"].(object)["version"] = version
		return raw(k.account, claims)
	}
	header := func(typ, alg string) string {
		return rawHeader(k.account, object{"typ": typ, "alg": alg}, user(k, object{}))
	}
	badKey := public(k.account)
	badKey = badKey[:20] + flip(badKey[20]) + badKey[21:]
	return []verdict{
		judge("nothing", ""), judge("two parts", parts[0]+"."+parts[1]), judge("four parts", good+".x"),
		judge("a truncated signature", good[:len(good)-4]), judge("a truncated body", parts[0]+"."+parts[1][:40]+"."+parts[2]),
		judge("padding", good+"="), judge("base64 of the other alphabet", strings.Replace(good, "_", "/", 1)+"+"),
		judge("a signature of another", good[:len(good)-86]+raw(k.account, with(object{"name": "V"}))[len(raw(k.account, with(object{"name": "V"})))-86:]),
		judge("an issuer with a wrong checksum", raw(k.account, with(object{"iss": badKey}))),
		judge("an issuer that is not the signer", raw(k.account, with(object{"iss": public(k.other)}))),
		judge("no issuer", raw(k.account, with(object{"iss": ""}))),
		judge("the algorithm none", header("JWT", "none")), judge("another algorithm", header("JWT", "HS256")),
		judge("another type", header("JWE", "ed25519-nkey")), judge("letters of another case", header("jwt", "ED25519-NKEY")),
		judge("the old algorithm with new claims", header("JWT", "ed25519")),
		judge("a newer version", versioned(3)), judge("version 0", versioned(0)), judge("a version that is text", versioned("2")),
		judge("an expired user", raw(k.account, with(object{"exp": 1000}))),
		judge("a user of tomorrow", raw(k.account, with(object{"nbf": 4_000_000_000}))),
		judge("an expiry that is text", raw(k.account, with(object{"exp": "1000"}))),
		judge("a kind that nobody knows", raw(k.account, object{"sub": "x", "nats": object{"type": "x", "version": 2}})),
		judge("a name that is a number", raw(k.account, with(object{"name": 5}))),
	}
}

func flip(char byte) string {
	if char == 'A' {
		return "B"
	}
	return "A"
}
