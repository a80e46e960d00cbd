package main

import (
	"context"
	"fmt"
	"net"

	"teahouse/bench/floor"
)

// listening is what a floor says first, before its address.
const listening = "listening "

// floorFlags are what a floor adds to what it writes.
type floorFlags struct {
	Prefix int  `help:"Have a floor put N bytes before each line. By default: ${default}." default:"0" placeholder:"N"`
	Redraw bool `help:"Have an SSH floor send with each write what redraws an input row."`
}

// Validate is called by kong.
func (f *floorFlags) Validate() error {
	if f.Prefix < 0 || f.Prefix > 1000 {
		return fmt.Errorf("--prefix=%d: it has to be between 0 and 1000", f.Prefix)
	}
	return nil
}

// args returns the flags as a command line has them.
func (f *floorFlags) args() []string {
	args := []string{fmt.Sprintf("--prefix=%d", f.Prefix)}
	if f.Redraw {
		args = append(args, "--redraw")
	}
	return args
}

// floorCommand is chatbench floor.
type floorCommand struct {
	Floor  floorFlags `embed:""`
	Listen string     `help:"Listen there. By default: ${default}." default:"127.0.0.1:0" placeholder:"HOST:PORT"`
	Kind   string     `arg:"" help:"One of ${enum}." enum:"tcp,sweeper,ssh,gliderlabs"`
}

// A serveFunc is a floor.
type serveFunc func(net.Listener, floor.Options) error

// lookupFloor returns a floor by its name.
func lookupFloor(kind string) (serveFunc, error) {
	switch kind {
	case "tcp":
		return floor.TCP, nil
	case "sweeper":
		return floor.Sweeper, nil
	case "ssh":
		return floor.SSH, nil
	case "gliderlabs":
		return floor.Gliderlabs, nil
	}
	return nil, fmt.Errorf("there is no floor %q; take tcp, sweeper, ssh or gliderlabs", kind)
}

// Run serves until ctx is done.
func (c *floorCommand) Run(ctx context.Context, b *bench) error {
	serve, err := lookupFloor(c.Kind)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("floor %s: %w; choose another address with --listen", c.Kind, err)
	}
	fmt.Fprintf(b.stdout, "%s%s\n", listening, l.Addr())
	defer context.AfterFunc(ctx, func() { l.Close() })()

	err = serve(l, floor.Options{Prefix: c.Floor.Prefix, Redraw: c.Floor.Redraw})
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("floor %s: %w", c.Kind, err)
}
