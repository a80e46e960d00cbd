package main

import (
	"context"
	"errors"
	"fmt"
)

// compareCommand is the command chatbench compare.
type compareCommand struct {
	Load    loadFlags     `embed:""`
	Floor   baselineFlags `embed:""`
	Rounds  int           `help:"How often to measure each target. By default: ${default}." default:"5" placeholder:"N"`
	Targets []string      `arg:"" name:"target" help:"'NAME=URL COMMAND', NAME=URL, or floor:KIND. The others are compared with the last one."`
}

// targets returns the servers to measure.
func (c *compareCommand) targets() ([]*target, error) {
	var targets []*target
	names := make(map[string]bool)
	for _, s := range c.Targets {
		t, err := parseTarget(s, &c.Floor)
		if err != nil {
			return nil, err
		}
		if names[t.name] {
			return nil, fmt.Errorf("target %s is there twice; give one of them another name", t.name)
		}
		names[t.name] = true
		targets = append(targets, &t)
	}
	if len(targets) < 2 {
		return nil, errors.New("it takes two targets to compare; for one there is chatbench run")
	}
	return targets, nil
}

// Validate is called by kong.
func (c *compareCommand) Validate() error {
	if c.Rounds < 1 {
		return fmt.Errorf("--rounds=%d: there has to be one at least", c.Rounds)
	}
	_, err := c.targets()
	return err
}

// Run measures the targets in turn, and compares them.
func (c *compareCommand) Run(ctx context.Context, b *program) error {
	targets, err := c.targets()
	if err != nil {
		return err
	}
	report := c.newReport(targets)
	p := newProgress(b.stderr)
	err = c.measure(ctx, b, targets, report, p)
	p.clear()
	if err != nil {
		return err
	}
	report.computeFigures()
	if c.Load.JSON {
		err = writeJSON(b.stdout, report)
	} else {
		err = writeReport(b.stdout, report)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return report.faults().err()
}

func (c *compareCommand) newReport(targets []*target) *report {
	r := &report{
		Mode:      c.Load.Mode,
		Listeners: c.Load.Listeners,
		Speakers:  c.Load.Speakers,
		Window:    c.Load.Window,
		Rate:      c.Load.Rate,
		Size:      c.Load.Size,
		Seconds:   c.Load.Duration.Seconds(),
		Rounds:    c.Rounds,
	}
	for _, t := range targets {
		r.Targets = append(r.Targets, &summary{Name: t.name})
	}
	return r
}

// measure runs all targets in each round. Round 0 is a warm-up that does not count; it is left
// out if there is only one round.
func (c *compareCommand) measure(ctx context.Context, b *program, targets []*target, r *report, p *progress) error {
	first := 1
	if c.Rounds > 1 {
		first = 0
	}
	for round := first; round <= c.Rounds; round++ {
		for i, t := range targets {
			about := fmt.Sprintf("round %d of %d, %s", round, c.Rounds, t.name)
			if round == 0 {
				about = "warm-up round, " + t.name
			}
			result, err := b.measure(ctx, t, c.Load.config(), p.callback(about))
			if err != nil {
				return fmt.Errorf("%s: %w", about, err)
			}
			r.Targets[i].add(result, round > 0)
		}
	}
	return nil
}
