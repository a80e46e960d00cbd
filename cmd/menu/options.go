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

// options are the options of the command line.
type options struct {
	ip   string // -ip, default 127.0.0.1; a host name works, too
	port int    // -port, default 8888; 1 to 65535
}

// parseOptions parses the command line. If it returns an error, it has written the problem and
// the usage to stderr.
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

// address returns the server's address for net.Dial.
func (o options) address() string {
	return net.JoinHostPort(o.ip, strconv.Itoa(o.port))
}
