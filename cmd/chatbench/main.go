package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"teahouse/bench/load"
)

// Exit codes.
const (
	exitSound      = 0
	exitUnsound    = 1
	exitUsage      = 2
	exitUnfinished = 3
)

const description = `Measures what a chat server costs, and checks that it loses, doubles and reorders nothing.

The exit code is 0 when all was well, 1 when something was lost, doubled or
reordered or a client was thrown out, 2 for a mistake on the command line, and
3 when a run could not be finished.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	inheritFileLimit()
	b := &bench{stdout: os.Stdout, stderr: os.Stderr, load: load.Run}
	code := b.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// A bench is the program but for the process around it.
type bench struct {
	stdout, stderr io.Writer
	load           func(context.Context, load.Config) (*load.Result, error) // load.Run, but in tests
}

// commands are what the command line can say.
type commands struct {
	Run     runCommand     `cmd:"" help:"Measure one server."`
	Compare compareCommand `cmd:"" help:"Measure several servers in turn, and compare them with the last."`
	Floor   floorCommand   `cmd:"" help:"Be a server that does nothing but write each line to everybody."`
}

// An unsoundError is a run that was finished, but in which a server did wrong.
type unsoundError struct {
	faults string
}

func (e *unsoundError) Error() string {
	return "not everything was heard once and in order: " + e.faults
}

// run does what args say; it returns the exit code.
func (b *bench) run(ctx context.Context, args []string) int {
	command, err := b.parse(args)
	if err != nil {
		fmt.Fprintf(b.stderr, "chatbench: %v\nchatbench --help explains the flags.\n", err)
		return exitUsage
	}
	if command == nil { // args asked for help, which is given
		return exitSound
	}
	command.BindTo(ctx, (*context.Context)(nil))
	err = command.Run(b)
	if err == nil {
		return exitSound
	}
	fmt.Fprintf(b.stderr, "chatbench: %v\n", err)
	if _, ok := errors.AsType[*unsoundError](err); ok {
		return exitUnsound
	}
	return exitUnfinished
}

// parse returns the command that args ask for, whose Run method runs it, or nil
// if they asked for help.
func (b *bench) parse(args []string) (*kong.Context, error) {
	var c commands
	helped := false
	parser, err := kong.New(&c,
		kong.Name("chatbench"),
		kong.Description(description),
		kong.Writers(b.stdout, b.stderr),
		kong.Exit(func(int) { helped = true }), // only --help would exit
	)
	if err != nil {
		return nil, err
	}
	command, err := parser.Parse(args)
	if helped {
		return nil, nil
	}
	return command, err
}
