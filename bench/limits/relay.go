// What a hop costs in Go without a look at the bytes: io.Copy between two TCP connections. On Linux that is
// splice, which no program can use that reads what it carries; "copy" hides it.
// Arguments: the port to listen on, the port to send on to, and "splice" or "copy".

package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	if len(os.Args) != 4 {
		os.Exit(2)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", "127.0.0.1:"+os.Args[2])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		go relay(from, to, os.Args[3] == "splice")
	}
}

func relay(from, to net.Conn, splice bool) {
	defer to.Close()
	defer from.Close()
	if splice {
		_, _ = io.Copy(to, from)
		return
	}
	buffer := make([]byte, 512<<10)
	_, _ = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, buffer)
}
