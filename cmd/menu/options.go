package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strconv"

	"golang.org/x/text/message"
)

// The options are what the command line says.
type options struct {
	ip   string // -ip, 127.0.0.1; a host's name will do
	port int    // -port, 8888; from 1 to 65535
}

// parseOptions reads the command line. Where it returns an error, it has told stderr
// what is wrong and how the program is used.
func parseOptions(args []string, stderr io.Writer, printer *message.Printer) (options, error) {
	var o options
	flags := flag.NewFlagSet("menu", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.ip, "ip", "127.0.0.1", printer.Sprintf(ipUsage))
	flags.IntVar(&o.port, "port", 8888, printer.Sprintf(portUsage))
	flags.Usage = func() {
		fmt.Fprintln(stderr, printer.Sprintf(usage))
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}

	var wrong string
	switch {
	case flags.NArg() > 0:
		wrong = printer.Sprintf(extraArgument, flags.Arg(0))
	case o.port < 1 || o.port > 65535:
		wrong = printer.Sprintf(invalidPort, strconv.Itoa(o.port))
	default:
		return o, nil
	}
	fmt.Fprintln(stderr, wrong)
	flags.Usage()
	return options{}, errors.New(wrong)
}

// address returns where the server is, as net.Dial wants it.
func (o options) address() string {
	return net.JoinHostPort(o.ip, strconv.Itoa(o.port))
}
