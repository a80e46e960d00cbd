package main

import (
	"context"
	"fmt"
	"net"

	"teahouse/internal/bench/baseline"
)

// listeningPrefix begins the first line of a floor's output; its address follows.
const listeningPrefix = "listening "

// baselineFlags make a floor write more than the bare lines.
type baselineFlags struct {
	Prefix int  `help:"Let a floor put N bytes before each line. By default: ${default}." default:"0" placeholder:"N"`
	Redraw bool `help:"Let an SSH floor redraw an input line with each write."`
}

// Validate is called by kong.
func (f *baselineFlags) Validate() error {
	if f.Prefix < 0 || f.Prefix > 1000 {
		return fmt.Errorf("--prefix=%d: it has to be between 0 and 1000", f.Prefix)
	}
	return nil
}

// args returns the flags as command-line arguments.
func (f *baselineFlags) args() []string {
	args := []string{fmt.Sprintf("--prefix=%d", f.Prefix)}
	if f.Redraw {
		args = append(args, "--redraw")
	}
	return args
}

// baselineCommand is the command chatbench floor.
type baselineCommand struct {
	Floor  baselineFlags `embed:""`
	Listen string        `help:"Where to listen. By default: ${default}." default:"127.0.0.1:0" placeholder:"HOST:PORT"`
	Kind   string        `arg:"" help:"The kind of server: ${enum}." enum:"tcp,sweeper,ssh,gliderlabs"`
}

// A serveFunc runs a floor.
type serveFunc func(net.Listener, baseline.Options) error

// lookupBaseline returns the floor with the given name.
func lookupBaseline(kind string) (serveFunc, error) {
	switch kind {
	case "tcp":
		return baseline.TCP, nil
	case "sweeper":
		return baseline.SharedWriter, nil
	case "ssh":
		return baseline.SSH, nil
	case "gliderlabs":
		return baseline.Gliderlabs, nil
	}
	return nil, fmt.Errorf("there is no floor %q; take tcp, sweeper, ssh or gliderlabs", kind)
}

// Run serves until ctx is done.
func (c *baselineCommand) Run(ctx context.Context, b *program) error {
	serve, err := lookupBaseline(c.Kind)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("floor %s: %w; choose another address with --listen", c.Kind, err)
	}
	fmt.Fprintf(b.stdout, "%s%s\n", listeningPrefix, l.Addr())
	defer context.AfterFunc(ctx, func() { l.Close() })()

	err = serve(l, baseline.Options{Prefix: c.Floor.Prefix, Redraw: c.Floor.Redraw})
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("floor %s: %w", c.Kind, err)
}
