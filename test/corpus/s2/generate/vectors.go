package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/s2"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// writeVectors writes NAME.s2 for every vector, and for each a line in vectors.txt: name, plain bytes, SHA-256 of
// the plain bytes.
func writeVectors(dir string) {
	var list bytes.Buffer
	write := func(name string, plain, stream []byte) {
		fmt.Fprintf(&list, "%s %d %x\n", name, len(plain), sha256.Sum256(plain))
		check(os.WriteFile(filepath.Join(dir, name+".s2"), stream, 0o644))
	}
	lines := text(100 * kib)
	pool := shuffled(text(72*kib), 600*kib, kib)
	long := shuffled(text(72*kib), 4*mib+300*kib, 16*kib)
	write("uncompressed-4k", lines[:10*kib], encode(lines[:10*kib], "uncompressed", 4*kib))
	write("snappy-64k", lines, encode(lines, "snappy", 64*kib))
	for _, level := range levels[1:4] {
		write(level+"-64k", lines, encode(lines, level, 64*kib))
		write(level+"-1m", pool, encode(pool, level, mib))
		write(level+"-4m", long, encode(long, level, 4*mib))
		zeros := repeated(5 * mib)
		write(level+"-repeats", zeros, encode(zeros, level, 4*mib))
		write(level+"-4k", lines[:8*kib], encode(lines[:8*kib], level, 4*kib))
	}
	write("random", random(10*kib), encode(random(10*kib), "better", 64*kib))
	write("index", lines[:9*kib], encode(lines[:9*kib], "fast", 4*kib, s2.WriterAddIndex()))
	write("padded", lines[:2*kib], encode(lines[:2*kib], "fast", 64*kib, s2.WriterPadding(4*kib)))
	plain, stream := flushes(lines)
	write("flushes", plain, stream)
	check(os.WriteFile(filepath.Join(dir, "vectors.txt"), list.Bytes(), 0o644))
}

// flushes are streams one after the other, as nats-server sends them, at changing levels.
func flushes(lines []byte) (plain, stream []byte) {
	next := seeded(7)
	for n := 0; len(plain) < 24*kib; n++ {
		at := int(next()) % (len(lines) - kib)
		flush := lines[at : at+1+int(next())%(2*kib)/(1+n%3)]
		if at+len(flush) > len(lines) {
			continue
		}
		plain = append(plain, flush...)
		stream = append(stream, encode(flush, levels[n%5], 64*kib)...)
	}
	return plain, stream
}

// text is LMSG lines with JSON payloads.
func text(size int) []byte {
	next := seeded(1)
	states := []string{"created", "paid", "shipped", "returned"}
	var out bytes.Buffer
	for n := 0; out.Len() < size; n++ {
		payload := fmt.Sprintf(`{"id":"%08x","at":%d,"state":"%s","customer":%d,"total":%d.%02d,"note":"leave at the door"}`,
			next(), 1_790_000_000_000+n*37, states[next()%4], next()%100_000, next()%1_000, next()%100)
		fmt.Fprintf(&out, "LMSG shop.eu.orders.%d %d\r\n%s\r\n", next()%500, len(payload), payload)
	}
	return out.Bytes()[:size]
}

// shuffled is pieces of the pool in any order, so that matches are as far as the pool is large and farther.
func shuffled(pool []byte, size, piece int) []byte {
	next := seeded(2)
	out := append([]byte{}, pool...)
	for len(out) < size {
		at := int(next()) % (len(pool) - piece)
		out = append(out, pool[at:at+piece/2+int(next())%(piece/2)]...)
	}
	return out[:size]
}

// repeated is long runs of short periods, with a byte in between that breaks them.
func repeated(size int) []byte {
	next := seeded(3)
	out := make([]byte, 0, size)
	for run := 1; len(out) < size; run *= 3 {
		period := random(1 + int(next())%9)
		for n := 0; n < run && len(out) < size; n++ {
			out = append(out, period[n%len(period)])
		}
	}
	return out
}

func random(size int) []byte {
	next := seeded(uint32(size))
	out := make([]byte, size)
	for i := range out {
		out[i] = byte(next())
	}
	return out
}

// seeded gives the same numbers with every release of Go (xorshift32).
func seeded(seed uint32) func() uint32 {
	state := seed*2_654_435_761 | 1
	return func() uint32 {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		return state >> 1
	}
}
