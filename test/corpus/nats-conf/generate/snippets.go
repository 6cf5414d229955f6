package main

import (
	"math/rand"
	"strings"
)

// One or more for each feature of the syntax, and for each oddity that we know of.
func written() []snippet {
	texts := []string{
		// Separators of keys and values, ends of values.
		"", "\n\n", "a: 1", "a = 1", "a 1", "a:1", "a=1", "a : 1", "a\t=\t1", "a: 1;b: 2", "a=1,b=2", "a: 1\r\nb: 2\r\n",
		"a\n: 1", "a\n1", "a:\n1", "a:", "a: ", "a", "a ", "a: 1 b: 2", "a 1 2", "= 1", ": 1", "a: = 1", "a: 1\n\n\n  b: 2  \n",
		"a: 1 ; ", "a: 1 , ", ", a: 1", "a: 1 }", "a: 1\n}", "}", "}\n", "a:b:c", "a=b=c", "a: b = c", "a\u00a0b", "a\u2003: 1",
		// Keys.
		"\"a b\": 1", "'a b': 1", "\"a:b\" = 1", "'a\nb': 1", "\"\": 1", "a.b.c: 1", "a-b_c: 1", "$a: 1", "ключ: 1", "A: 1\na: 2",
		"a: 1\na: 2", "\"a: 1", "'a", "a{b: 1}", "a{\nb: 1\n}", "a[0]: 1", "include: 1", "include = \"x\"", "\"include\" 1", "INCLUDE: 1",
		"включить 1", "1: 2", "true: false", "\"a\\\"b\": 1",
		// Comments.
		"# nothing", "// nothing", "a: 1 # c", "a: 1 // c", "a: 1# c", "a: b# c", "a: b // c", "a: b //c", "a: #c", "a: # c", "#a: 1\nb: 2",
		"a: [ # c\n 1 # d\n # e\n 2, // f\n] # g", "a { # c\n b: 1 # d\n # e\n // f\n c: 2 } # g", "a: 1 / b", "/a: 1", "a {/b: 1}", "a [/b]",
		"a: http://x/y", "a: /etc/x", "a # c\n1", "a: 1,# c\nb: 2", "# \"\n'\na: 1",
		// Texts.
		"a: \"b\"", "a: 'b'", "a: b", "a: \"b c\"", "a: b c", "a: \"\"", "a: ''", "a: \"b\nc\"", "a: 'b\nc'", "a: \"b'c\"", "a: 'b\"c'", "a: b\"c\"",
		"a: b'", "a: b'c", "a: b'\nc: d", "a: \"b", "a: 'b", "a: \"b\"c", "a: 'b' # c", "a: true'", "a: $b'", "a: naïve", "a: \"日本\"",
		"a: \"\\t\\n\\r\\\"\\\\\"", "a: \"\\x41\\x42\"", "a: \"\\xc3\\xa9\"", "a: \"\\xff\"", "a: \"\\x4\"", "a: \"\\xzz\"", "a: \"\\u0041\"", "a: \"\\q\"", "a: \"\\",
		"a: b\\tc", "a: b\\", "a: \\x24b", "a: tru\\x65", "a: \\\"b\\\"", "a: '\\t'", "a: b\\qc", "a: foo.>", "a: *.b", "a: >", "a: @b", "a: b@c.d:1", "a: <b>",
		"a: nats://u:p@h:4222/", "a: _INBOX.>", "a: b|c", "a: \"$b\"", "a: '$b'", "a: 10.b", "a: 1.b", "a: 1b", "a: 12ab", "a: 4222abc", "a: 5'b", "a: 5\\tb", "a: 5\"b\"",
		"a: (\n)\n", "a: (\nb\n)\n", "a: (\nb\n)", "a: (b\nc\n)\n", "a: (b)\n", "a: (b)\nc)\n)\n", "a: (\n b { }\n # c\n)\nd: 1", "a: (\nb\n) \n", "a: (\nb\n)\r\n", "a: (", "a: ()",
		"a: (\nb\n)\n)\n", "a { b: (\nc\n)\n}", "a: [ (\nb\n)\n ]",
		// Numbers.
		"a: 0", "a: 007", "a: -1", "a: -0", "a: +1", "a: 9223372036854775807", "a: 9223372036854775808", "a: -9223372036854775808", "a: -9223372036854775809",
		"a: 1k", "a: 1K", "a: 1kb", "a: 1KB", "a: 1ki", "a: 1kib", "a: 1KiB", "a: 1kB", "a: 1m", "a: 1mb", "a: 1mi", "a: 1MiB", "a: 1g", "a: 1gb", "a: 1GiB", "a: 1t", "a: 1tb", "a: 1p",
		"a: 1pib", "a: 1e", "a: 1eb", "a: 9e", "a: 10e", "a: 7eib", "a: 8eib", "a: -1k", "a: -1kib", "a: -8eib", "a: 1kbb", "a: 1kbi", "a: 1k b", "a: 1kc", "a: 5e7", "a: 5e7b", "a: 0K1a", "a: 1k;b: 2", "a: 1k,b: 2",
		"a {b: 1k}", "a {b: 1}", "a: [1k]", "a: [1]", "a: [1 ]", "a: [1, 2]", "a: [1,2 ]", "a: [1\n2\n]", "a: [-1]", "a: [-1, -2]", "a: [1.5]", "a: [1.5, 2.5]", "a: 1.5", "a: -1.5", "a: 1.", "a: .5", "a: -.5", "a: -", "a: -b",
		"a: 1.5s", "a: 1.5k", "a: 1.50", "a: 00.5", "a: 1e5", "a: 1.5e5", "a: 123456789012345678901234567890.5", "a: 2s", "a: 10ms", "a: 1m30s", "a: 1h", "a: 2m", "a: \"2m\"", "a: ١", "a: ١b", "a: 1١", "a: 1_000", "a: 0x10",
		"a: 127.0.0.1", "a: 127.0.0.1:4222", "a: 0.0.0.0:-1", "a: 1.2.3.4.5", "a: 1.2.3", "a: 1.2..3", "a: 1.2.3.4/8", "a: 1.2.3.4b", "a: [127.0.0.1:4222, 127.0.0.1:5222]", "a: [::1]:4222", "a: \"[::1]:4222\"", "a: :4222", "a: 1:2", "a: 4222:1",
		// Booleans and dates.
		"a: true", "a: TRUE", "a: True", "a: yes", "a: Yes", "a: on", "a: ON", "a: false", "a: no", "a: off", "a: y", "a: n", "a: truely", "a: \"true\"", "a: [true]", "a: [on, off]", "a {b: yes}", "a: true;b: no", "a: true,b: no",
		"a: 2016-05-04T18:53:41Z", "a: 2016-05-04", "a: 2016-05-04T18:53:41", "a: 2016-05-04T18:53:41+01:00", "a: 2016-02-30T18:53:41Z", "a: 2016-02-29T18:53:41Z", "a: 1900-02-29T00:00:00Z", "a: 2000-02-29T00:00:00Z", "a: 2016-13-04T18:53:41Z",
		"a: 2016-05-04T24:53:41Z", "a: 2016-05-04T18:60:41Z", "a: 2016-05-04T18:53:60Z", "a: 2016-00-04T18:53:41Z", "a: 2016-05-00T18:53:41Z", "a: 2016-05-04T18:53:41Zb", "a: [2016-05-04T18:53:41Z]", "a: 12-34", "a: 123-456", "a: 0000-01-01T00:00:00Z", "a: b-2016",
		// Lists.
		"a: []", "a: [ ]", "a []", "a: [b]", "a: [b, c]", "a: [b c]", "a: [b,c,]", "a: [b,,c]", "a: [,b]", "a: [\n\"b\"\n\"c\"\n]", "a: [\n  b,\n  c,\n]", "a: [b; c]", "a: [b", "a: [b,", "a: ]", "a: [[b], [c, [d]]]", "a: [{b: 1}, {c: 2}]",
		"a: [\n  {b: 1}\n  {c: 2}\n]", "a: [{b: 1} {c: 2}]", "a: [b, \"c d\", true, 1.5, -2, {d: e}, [f], $a]", "a: ['b','c']", "a: [\"b\",\"c\"]", "a: [b'c]", "a: [b:c]", "a: [b]c", "a: [b] # c", "a: [b]; c: d", "a: [\"x\", 5]]",
		// Maps.
		"a {}", "a: {}", "a = {}", "a {b: c}", "a {\n b: c\n}", "a { b: c, d: e }", "a { b: c; d: e }", "a {b c}", "a { b c, d e }", "a {b:\n c}", "a {b\n: c}", "a {b\nc}", "a { b {} }", "a { b { c { d { e: 1 } } } }", "a { b: }", "a { b }", "a { b: , }", "a { , }",
		"a {", "a { b: 1", "a { b: 1 ]", "a { ] }", "a { : 1 }", "a { b: 1 c: 2 }", "a { b: 1 }, c: 2", "a { b: 1 } c: 2", "a { b: 1 }\nc: 2", "a { 'b': 1, \"c\": 2 }", "a { 'b }", "a { b: 1,, c: 2 }", "a { b: 1\n\n, c: 2 }", "a { b: {c: 1}}", "a {\n\n}", "a { b: 1 }}", "a\n{\n b: 1\n}",
		// JSON, and braces around the file.
		"{}", "{ }", "{\"a\": 1}", "{\"a\": 1, \"b\": [true, null, \"c\"], \"d\": {\"e\": 1.5}}", "{\n  \"a\": {\n    \"b\": [\n      \"c\"\n    ]\n  }\n}\n", "{a: 1}\nb: 2", "{a: 1\n", "{a: 1", "{", "{{a: 1}}", "{a: 1;b: 2}", "{a: 1,}", "{,a: 1}", "{a: 1} {b: 2}", "{ # c\n a: 1 # d\n}",
		"{a: 1 # c\n, b: 2}", "{a\n1}", "{a:\n1}", "{a}", "{a: {b: 1}}", "{a: 1]", "{ 'a': 1 }",
		// Variables of the file.
		"a: 1\nb: $a", "b: $a\na: 1", "a: x\nb { c: $a }", "a: x\nb { a: y\n c: $a }\nd: $a", "b { a: y }\nd: $a", "a: [1 ]\nb: $a", "a: {c: 1}\nb: $a", "a: 1\nb: [$a, $a]", "a: 1\na: 2\nb: $a", "a: $a", "a: 1\na: $a", "a: 1\nb: $a\nc: $b", "a: x\nb: $ax", "a: x\nb: $A",
		"a: x\nb: $", "a: x\nb: \"$a\"", "a: x\nb: '$a'", "a: x\nb: c$a", "a: x\nb: $a$a", "a: x\nb: $a;c: $a", "a: 2m\nb: $a", "\"a b\": 1\nc: $a", "a { b: 1, c: $b }", "a { b: 1\n c { d { e: $b } } }", "a: 1\nb [ {c: $a, d: [$a, $c] } ]", "[a]: 1",
		"p: $2a$10$UHR6GhotWhpLsKtVP0/i6.Nh9.fuY73cWjLoJjb2sKT8KISBcUW5q", "p: $2b$10$UHR6", "p { q: $2a$11$x. }", "p: [$2a$11$x.]",
	}
	snippets := make([]snippet, 0, len(texts))
	for _, text := range texts {
		snippets = append(snippets, snippet{Text: text})
	}
	return append(append(snippets, variables()...), includes()...)
}

func variables() []snippet {
	env := map[string]string{
		"V_TEXT": "abc", "V_NUMBER": "4222", "V_SIZE": "8MB", "V_TRUE": "yes", "V_FLOAT": "1.5", "V_EMPTY": "", "V_QUOTED": "\"a b\"", "V_BLANK": "a b",
		"V_LIST": "[a, b]", "V_MAP": "{a: 1}", "V_MORE": "a\nb: 2", "V_CHAIN": "$V_TEXT", "V_SELF": "$V_SELF", "V_ONE": "$V_TWO", "V_TWO": "$V_ONE", "V_NONE": "$V_MISSING",
		"V_HASH": "a#b", "V_DOLLAR": "'$V_TEXT'", "V_BCRYPT": "$2a$10$x", "V_LINE": "a\n", "V_OPEN": "[a", "pk": "1", "V_PK": "$pk", "V_URL": "nats://a:b@c:1", "V_DEEP": "[$V_LIST, $V_TRUE]",
	}
	snippets := []snippet{}
	for _, name := range strings.Fields("TEXT NUMBER SIZE TRUE FLOAT EMPTY QUOTED BLANK LIST MAP MORE CHAIN SELF ONE NONE HASH DOLLAR BCRYPT LINE OPEN PK URL DEEP MISSING") {
		snippets = append(snippets, snippet{Text: "a: $V_" + name + "\nb { c: [$V_" + name + "] }", Env: env})
	}
	more := []string{"V_TEXT: own\na: $V_TEXT", "a: $V_TEXT\nV_TEXT: own\nb: $V_TEXT", "a { V_TEXT: own, b: $V_TEXT }\nc: $V_TEXT", "a: $v_text"}
	for _, text := range more {
		snippets = append(snippets, snippet{Text: text, Env: env})
	}
	return snippets
}

func includes() []snippet {
	files := map[string]string{
		"b.conf": "b: 1\nc: x\n", "sub/d.conf": "include 'e.conf'\nd: $e\n", "sub/e.conf": "e: 5", "up.conf": "include ../main.conf", "self.conf": "include self.conf",
		"empty.conf": "", "bad.conf": "a: [", "env.conf": "v: $V", "outer.conf": "o: $a", "braced.conf": "{\"j\": {\"k\": 1}}", "comma,.conf": "comma: 1", "users.conf": "{user: a, password: b}", "map.conf": "x: 1\ny { z: 2 }", "over.conf": "a: 2",
	}
	texts := []string{
		"include b.conf", "include \"b.conf\"", "include 'b.conf'", "include ./b.conf", "INCLUDE b.conf", "include\tb.conf", "include\nb.conf", "include b.conf\na: $b", "a: $b\ninclude b.conf", "include sub/d.conf\nf: $e", "include /b.conf", "include missing.conf", "include",
		"include ", "include 5.conf", "include [a]", "include {a}", "include (a)", "include empty.conf", "include bad.conf", "include outer.conf", "a: 1\ninclude outer.conf", "include braced.conf", "a { include b.conf }", "a { include b.conf; d: 2 }", "a { include 'b.conf', d: 2 }",
		"a {\n include \"b.conf\"\n include \"map.conf\"\n}", "a { include b.conf\n d: $c }", "a: [ include b.conf ]", "a: include b.conf", "include b.conf, x: 1", "include b.conf; x: 1", "include comma,.conf", "include b.conf # c", "include 'b.conf", "include \"b.conf", "include b.conf'",
		"a: 1\ninclude over.conf", "include over.conf\na: 1", "include sub/../b.conf", "include ../missing.conf", "include sub", "{ include b.conf\n }", "{ include 'b.conf', a: 1 }", "a { b: 1 include b.conf }", "include env.conf",
	}
	snippets := []snippet{}
	for _, text := range texts {
		snippets = append(snippets, snippet{Text: text, Files: files, Env: map[string]string{"V": "w"}})
	}
	return snippets
}

// Pieces thrown together: what one does not think of.
func random(count int) []snippet {
	random := rand.New(rand.NewSource(1))
	pieces := strings.Split("a|b|c| | | |\n|\n|\t|:|:|=|,|;|{|}|[|]|(|)|\"|'|#|//|/|\\|$a|$b|$2a$1|1|23|-|.|1.5|2.3.4|k|kb|GiB|true|off|\"x y\"|'z'|\\x41|\\n|é|a: 1|b {|}|c: [|]|a: x\n|\r\n|2016-05-04T18:53:41Z|> ", "|")
	good := []string{"a: 1\n", "b: x\n", "c: \"y z\"\n", "a { b: 1 }\n", "b: [x, y]\n", "c: $a\n", "# c\n", "a = true;", "b 5k,", "d { e { f: 1.5\n", "}\n", "g: [ {h: 1}, {h: 2} ]\n"}
	snippets := make([]snippet, 0, count)
	for len(snippets) < count {
		var text strings.Builder
		for range random.Intn(4) {
			text.WriteString(good[random.Intn(len(good))])
		}
		for range random.Intn(10) {
			text.WriteString(pieces[random.Intn(len(pieces))])
		}
		for range random.Intn(2) {
			text.WriteString(good[random.Intn(len(good))])
		}
		snippets = append(snippets, snippet{Text: text.String()})
	}
	return snippets
}
