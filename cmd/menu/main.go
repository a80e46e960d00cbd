package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"teahouse/internal/i18n"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, withLanguage(os.Getenv, systemLanguage())))
}

// run is the program without the process around it. It returns the exit status. When it returns,
// nothing writes to stdout or stderr any more. The goroutine that reads stdin may outlive it,
// because a pending read cannot be interrupted.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	printer := i18n.New().Printer(i18n.DetectLanguage(getenv))
	options, err := parseOptions(args, stderr, printer)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}

	server, err := dial(options.address())
	if err != nil {
		fmt.Fprintln(stderr, printer.Sprintf(cannotConnect, options.address(), cause(err)))
		return 1
	}
	screen := &screen{w: stdout, printer: printer}
	screen.printMessage(connected, options.address())
	go server.receive(screen)
	done := make(chan struct{})
	defer close(done)

	menu := &menu{screen: screen, lines: readLines(stdin, done), server: server}
	err = menu.run()
	server.close()
	screen.freshLine()
	if lost, ok := errors.AsType[*disconnectError](err); ok {
		fmt.Fprintln(stderr, lost.message(printer))
		return 1
	}
	screen.printMessage(goodbye)
	return 0
}
