// The maker of the vectors one folder up: what nats-server's own package makes of each text.
//
//	go run . > ../vectors.jsonl
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/conf"
)

// A text, and what else there is when it is read.
type snippet struct {
	Text  string            `json:"text"`
	Files map[string]string `json:"files,omitempty"`
	Env   map[string]string `json:"env,omitempty"`
}

type vector struct {
	snippet
	// Absent: refused.
	Value any `json:"value,omitempty"`
}

// Values with their types: integers as texts, since they may be too large for a JSON reader.
func typed(value any) any {
	switch v := value.(type) {
	case int64:
		return map[string]any{"integer": strconv.FormatInt(v, 10)}
	case float64:
		return map[string]any{"float": v}
	case time.Time:
		return map[string]any{"date": v.UTC().Format("2006-01-02T15:04:05Z")}
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			list = append(list, typed(item))
		}
		return list
	case map[string]any:
		entries := map[string]any{}
		for key, item := range v {
			entries[key] = typed(item)
		}
		return map[string]any{"map": entries}
	}
	return value
}

func read(s snippet, dir string) any {
	for name, text := range s.Files {
		path := filepath.Join(dir, name)
		must(os.MkdirAll(filepath.Dir(path), 0o700))
		must(os.WriteFile(path, []byte(text), 0o600))
	}
	for name, value := range s.Env {
		must(os.Setenv(name, value))
		defer os.Unsetenv(name)
	}
	main := filepath.Join(dir, "main.conf")
	must(os.WriteFile(main, []byte(s.Text), 0o600))
	value, err := conf.ParseFile(main)
	if err != nil {
		return nil
	}
	return typed(value)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	root, err := os.MkdirTemp("", "nats-conf-vectors-")
	must(err)
	defer os.RemoveAll(root)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for i, s := range append(written(), random(3000)...) {
		dir := filepath.Join(root, fmt.Sprint(i))
		must(os.MkdirAll(dir, 0o700))
		must(out.Encode(vector{s, read(s, dir)}))
	}
}
