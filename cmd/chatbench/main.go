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

	"teahouse/internal/bench/load"
)

// Exit codes.
const (
	exitOK     = 0
	exitFaults = 1
	exitUsage  = 2
	exitFailed = 3
)

const description = `Measures what a chat server costs, and checks that it loses, duplicates and reorders nothing.

The exit code is 0 if all is well; 1 if a line was lost, duplicated or reordered, or
a client was disconnected; 2 for a mistake on the command line; and 3 if a run
could not be finished.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	inheritFileLimit()
	b := &program{stdout: os.Stdout, stderr: os.Stderr, load: load.Run}
	code := b.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// A program is chatbench without the process around it.
type program struct {
	stdout, stderr io.Writer
	load           func(context.Context, load.Config) (*load.Result, error) // load.Run, except in tests
}

// commands are the commands of the command line.
type commands struct {
	Run     runCommand      `cmd:"" help:"Measure one server."`
	Compare compareCommand  `cmd:"" help:"Measure several servers in turn, and compare them with the last one."`
	Floor   baselineCommand `cmd:"" help:"Run a server that does nothing but write each line to everyone."`
}

// A faultsError means that a run was finished, but the server lost, duplicated or reordered
// lines.
type faultsError struct {
	faults string
}

func (e *faultsError) Error() string {
	return "not every line was received once and in order: " + e.faults
}

// run executes the command line and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	command, err := p.parse(args)
	if err != nil {
		fmt.Fprintf(p.stderr, "chatbench: %v\nchatbench --help explains the flags.\n", err)
		return exitUsage
	}
	if command == nil { // help was asked for, and given
		return exitOK
	}
	command.BindTo(ctx, (*context.Context)(nil))
	err = command.Run(p)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(p.stderr, "chatbench: %v\n", err)
	if _, ok := errors.AsType[*faultsError](err); ok {
		return exitFaults
	}
	return exitFailed
}

// parse returns the command, to be run by its Run method, or nil if the arguments asked for help.
func (p *program) parse(args []string) (*kong.Context, error) {
	var c commands
	helped := false
	parser, err := kong.New(&c,
		kong.Name("chatbench"),
		kong.Description(description),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) { helped = true }), // only --help calls it
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
