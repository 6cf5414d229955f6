// The reference encoder and decoder behind pipes, and the maker of the vectors one folder up.
//
//	go run . vectors DIR                       writes every vector and vectors.txt
//	go run . encode LEVEL BLOCK < plain > s2   LEVEL: uncompressed fast better best snappy; BLOCK in bytes
//	go run . decode < s2 > plain               fails with the decoder's own words
//	go run . sizes BLOCK FLUSH < plain         for each level: bytes when every FLUSH bytes are a stream, and
//	                                           the milliseconds of a megabyte to write and to read them
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/klauspost/compress/s2"
)

var levels = []string{"uncompressed", "fast", "better", "best", "snappy"}

func optionsOf(level string, block int) []s2.WriterOption {
	options := []s2.WriterOption{s2.WriterBlockSize(block), s2.WriterConcurrency(1)}
	switch level {
	case "uncompressed":
		return append(options, s2.WriterUncompressed())
	case "better":
		return append(options, s2.WriterBetterCompression())
	case "best":
		return append(options, s2.WriterBestCompression())
	case "snappy":
		return append(options, s2.WriterSnappyCompat())
	}
	return options
}

func encode(plain []byte, level string, block int, more ...s2.WriterOption) []byte {
	var out bytes.Buffer
	w := s2.NewWriter(&out, append(optionsOf(level, block), more...)...)
	_, err := w.Write(plain)
	check(err)
	check(w.Close())
	return out.Bytes()
}

func sizes(plain []byte, block, flush int) {
	for _, level := range levels[:4] {
		var out bytes.Buffer
		w := s2.NewWriter(&out, optionsOf(level, block)...)
		total := 0
		start := time.Now()
		for at := 0; at < len(plain); at += flush {
			out.Reset()
			w.Reset(&out)
			_, err := w.Write(plain[at:min(at+flush, len(plain))])
			check(err)
			check(w.Close())
			total += out.Len()
		}
		written := perMB(start, plain)
		var streams [][]byte
		for at := 0; at < len(plain); at += flush {
			streams = append(streams, encode(plain[at:min(at+flush, len(plain))], level, block))
		}
		r := s2.NewReader(nil)
		start = time.Now()
		for _, stream := range streams {
			r.Reset(bytes.NewReader(stream))
			_, err := io.Copy(io.Discard, r)
			check(err)
		}
		fmt.Printf("%s %d %.2f %.2f\n", level, total, written, perMB(start, plain))
	}
}

func perMB(start time.Time, plain []byte) float64 {
	return float64(time.Since(start).Microseconds()) / float64(len(plain)) * 1e6 / 1e3
}

func main() {
	switch os.Args[1] {
	case "vectors":
		writeVectors(os.Args[2])
	case "encode":
		plain, err := io.ReadAll(os.Stdin)
		check(err)
		_, err = os.Stdout.Write(encode(plain, os.Args[2], number(os.Args[3])))
		check(err)
	case "decode":
		_, err := io.Copy(os.Stdout, s2.NewReader(os.Stdin))
		check(err)
	case "sizes":
		plain, err := io.ReadAll(os.Stdin)
		check(err)
		sizes(plain, number(os.Args[2]), number(os.Args[3]))
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
