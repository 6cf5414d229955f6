// The maker of the vectors one folder up: what nats-server's own package makes of each subject.
//
//	go run . > ../vectors.jsonl
package main

import (
	"encoding/json"
	"math/rand"
	"os"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
)

type vector struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Strict      bool   `json:"strict"`
	// Absent: refused.
	Mapped map[string]string `json:"mapped,omitempty"`
	Taken  bool              `json:"taken"`
}

var sources = []string{
	"a", "a.b", "a.*", "*", "*.*", "a.*.b.*", ">", "a.>", "a.*.>", "*.a.*.*", "a..b", "", "a.>.b", "a.**", "a.*b",
}

var pieces = []string{
	"x", "y", "$1", "$2", "$3", "$0", "$x", "$", "*", ">", "{{wildcard(1)}}", "{{ Wildcard( 2 ) }}", "{{wildcard()}}",
	"{{wildcard(1,2)}}", "{{wildcard(x)}}", "{{partition(3,1)}}", "{{partition(10,1,2)}}", "{{Partition(5)}}",
	"{{partition()}}", "{{partition(a)}}", "{{partition(0,1)}}", "{{splitfromleft(1,2)}}", "{{SplitFromRight(1,2)}}",
	"{{slicefromleft(1,2)}}", "{{sliceFromRight(1,3)}}", "{{split(1,-)}}", "{{split(2,ab)}}", "{{split(1)}}",
	"{{left(1,3)}}", "{{right(1,2)}}", "{{left(1)}}", "{{right(1,2,3)}}", "{{left(1,x)}}", "{{nothing(1)}}", "{{}}",
	"{{wildcard(9)}}", "{{left(1,-2)}}", "{{split(1,a b)}}", "pre{{wildcard(1)}}", "{{slicefromleft(1,99999999999)}}", "{{split(1, -)}}",
}

var tokens = []string{"b", "a", "x", "-", "a-b", "--a--b-", "abcdefg", "abcdef", "orders", "ab", "zürich", "1234567890"}

func subjectFor(source string, random *rand.Rand) string {
	pick := func() string { return tokens[random.Intn(len(tokens))] }
	var out []string
	for _, token := range strings.Split(source, ".") {
		switch token {
		case "*":
			out = append(out, pick())
		case ">":
			for n := 1 + random.Intn(3); n > 0; n-- {
				out = append(out, pick())
			}
		default:
			out = append(out, token)
		}
	}
	return strings.Join(out, ".")
}

func main() {
	random := rand.New(rand.NewSource(1))
	seen := map[string]bool{}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	add := func(source, destination string, strict bool) {
		key := source + " " + destination
		if seen[key] || destination == "" {
			return
		}
		seen[key] = true
		made, err := server.NewSubjectTransformWithStrict(source, destination, strict)
		out := vector{Source: source, Destination: destination, Strict: strict, Taken: err == nil && made != nil}
		if out.Taken && source != "" {
			out.Mapped = map[string]string{}
			for i := 0; i < 4; i++ {
				subject := subjectFor(source, random)
				out.Mapped[subject] = made.TransformSubject(subject)
			}
		}
		if source != "" {
			encoder.Encode(out)
		}
	}
	for _, source := range sources {
		for _, piece := range pieces {
			tail := ""
			if strings.HasSuffix(source, ">") && piece != ">" {
				tail = ".>"
			}
			add(source, piece+tail, false)
			add(source, "m."+piece+tail, random.Intn(4) == 0)
		}
	}
	for i := 0; i < 600; i++ {
		source := sources[random.Intn(len(sources))]
		var destination []string
		for n := 1 + random.Intn(4); n > 0; n-- {
			destination = append(destination, pieces[random.Intn(len(pieces))])
		}
		if strings.HasSuffix(source, ">") {
			destination = append(destination, ">")
		}
		add(source, strings.Join(destination, "."), random.Intn(4) == 0)
	}
}
