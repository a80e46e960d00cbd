package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"teahouse/internal/bench/load"
)

// loadFlags describe the load on a server.
type loadFlags struct {
	Mode      load.Mode     `help:"What to measure: ${enum}. By default: ${default}." enum:"throughput,latency,join,stall,churn,commands" default:"throughput" placeholder:"MODE"`
	Listeners int           `help:"How many clients only listen. By default: ${default}." default:"100" placeholder:"N"`
	Speakers  int           `help:"How many clients speak. They listen too. By default: ${default}." default:"8" placeholder:"N"`
	Window    int           `help:"For throughput: how many of its own lines a speaker may be waiting to hear. By default: ${default}." default:"1" placeholder:"N"`
	Rate      float64       `help:"For latency, churn and commands: lines a second of all speakers together. By default: ${default}." default:"20" placeholder:"N"`
	Size      int           `help:"Bytes of text in a line. By default: ${default}." default:"80" placeholder:"N"`
	Duration  time.Duration `help:"How long to measure. By default: ${default}." default:"5s" placeholder:"TIME"`
	Warmup    time.Duration `help:"How long to talk before measuring. By default: ${default}." default:"1s" placeholder:"TIME"`
	JSON      bool          `help:"Print a JSON object instead of a table." name:"json"`
}

// Validate is called by kong.
func (f *loadFlags) Validate() error {
	switch {
	case f.Listeners < 0:
		return fmt.Errorf("--listeners=%d: it cannot be less than 0", f.Listeners)
	case f.Speakers < 1:
		return fmt.Errorf("--speakers=%d: somebody has to speak", f.Speakers)
	case f.Window < 1:
		return fmt.Errorf("--window=%d: it has to be 1 or more", f.Window)
	case !(f.Rate > 0):
		return fmt.Errorf("--rate=%v: it has to be more than 0", f.Rate)
	case f.Size < 1:
		return fmt.Errorf("--size=%d: it has to be 1 or more", f.Size)
	case f.Duration <= 0:
		return fmt.Errorf("--duration=%v: it has to be more than 0", f.Duration)
	case f.Warmup < 0:
		return fmt.Errorf("--warmup=%v: it cannot be less than 0", f.Warmup)
	}
	return nil
}

func (f *loadFlags) config() load.Config {
	return load.Config{
		Mode:      f.Mode,
		Listeners: f.Listeners,
		Speakers:  f.Speakers,
		Window:    f.Window,
		Rate:      f.Rate,
		Size:      f.Size,
		Duration:  f.Duration,
		Warmup:    f.Warmup,
	}
}

// runCommand is the command chatbench run.
type runCommand struct {
	Load  loadFlags `embed:""`
	Start string    `help:"Start the server with this command, and stop it afterwards." placeholder:"COMMAND" xor:"server"`
	PID   int       `help:"The server's process, to measure its CPU and memory." name:"pid" placeholder:"N" xor:"server"`
	Hear  string    `help:"Connect the listeners here, to another node of the same server. That node is measured then, and --pid is its process." placeholder:"URL"`
	URL   string    `arg:"" help:"The server, such as classic://127.0.0.1:8888."`
}

// target returns the server to measure.
func (c *runCommand) target() (target, error) {
	t, err := newTarget("the server", c.URL, c.Start)
	t.pid = c.PID
	return t, err
}

// Validate is called by kong.
func (c *runCommand) Validate() error {
	if c.PID < 0 {
		return fmt.Errorf("--pid=%d: there is no such process", c.PID)
	}
	if c.Hear != "" && c.Start != "" {
		return errors.New("--hear: the nodes must already be running; name one of them with --pid")
	}
	if c.Hear != "" {
		if _, err := newTarget("the other node", c.Hear, ""); err != nil {
			return fmt.Errorf("--hear: %w", err)
		}
	}
	_, err := c.target()
	return err
}

// Run measures one server.
func (c *runCommand) Run(ctx context.Context, b *program) error {
	t, err := c.target()
	if err != nil {
		return err
	}
	p := newProgress(b.stderr)
	config := c.Load.config()
	config.ListenTarget = c.Hear
	result, err := b.measure(ctx, &t, config, p.callback(""))
	p.clear()
	if err != nil {
		return err
	}
	if c.Load.JSON {
		err = writeJSON(b.stdout, result)
	} else {
		err = writeResult(b.stdout, result)
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return faultsOf(result).err()
}

// measure starts a target, runs a load on it, and stops it.
func (p *program) measure(ctx context.Context, t *target, c load.Config, show func(load.Progress)) (*load.Result, error) {
	s, err := t.start(ctx)
	if err == nil {
		defer s.stop()
		c.Progress = show
		var result *load.Result
		if result, err = s.measure(ctx, p, c); err == nil {
			return result, nil
		}
	}
	if ctx.Err() != nil {
		return nil, errors.New("interrupted")
	}
	return nil, err
}
