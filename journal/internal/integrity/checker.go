package integrity

import (
	"context"
	"errors"
	"fmt"

	"github.com/charmbracelet/log"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// A Checker looks after the files in which the engine in this process keeps its streams. It reads
// them before the engine starts, mends what is damaged, and says what is lost.
type Checker struct {
	Dir        string // the journal's folder
	Log        *log.Logger
	AcceptLoss bool     // open what is damaged without what is gone
	Damages    []Damage // that were found
}

// CheckAndRepair reads all blocks of the store before the engine starts. What is damaged of
// the records is an error, unless that is accepted, and changes no file. What is damaged
// of the rest is told, and mended.
func (c *Checker) CheckAndRepair(ctx context.Context) error {
	found, err := Find(ctx, c.Dir)
	if err != nil {
		return err
	}
	for _, d := range found {
		if !d.Fatal() {
			continue
		}
		if err := c.LossError(fmt.Errorf("the store is damaged: %w", d)); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return removeManifest(c.Dir)
	}
	m, err := newRepairer(c.Dir)
	if err != nil {
		return fmt.Errorf("the store is damaged, and nothing of it can be kept: %w", errors.Join(err, found[0]))
	}
	if err := m.repairAll(found); err != nil {
		return err
	}
	for _, d := range found {
		c.reportDamage(d, m.keptDir)
	}
	if err := resetWatermarks(c.Dir, found); err != nil {
		return err
	}
	return removeManifest(c.Dir)
}

// reportDamage notes a damage, and logs it. Of the records that was done.
func (c *Checker) reportDamage(d Damage, kept string) {
	fields := []any{"stream", d.Stream, "what", d, "kept", kept}
	if d.Unsynced {
		c.Log.Warn("journal: something that was written last cannot be read, as after a power cut", fields...)
		return
	}
	c.Damages = append(c.Damages, d)
	if !d.Fatal() {
		c.Log.Error("journal: some of what was kept is damaged, and the house opens without that", fields...)
	}
}

// resetWatermarks has the marks of streams that were mended say nothing of what is no more. Those of the
// records go on saying what there was, until that is accepted.
func resetWatermarks(dir string, found []Damage) error {
	marks, err := ReadWatermarks(dir)
	if err != nil {
		return nil // whoever compares them tells
	}
	for _, d := range found {
		m := marks.Get(d.Stream)
		m.Block, m.Size = 0, 0
		if !d.Fatal() {
			m = Watermark{}
		}
		marks.Set(d.Stream, m)
	}
	return marks.saveAfter(func(string) (uint32, int64, error) { return 0, 0, nil })
}

// CompareWatermark returns an error where a stream has less than its mark says.
func (c *Checker) CompareWatermark(stream string, m, now Watermark) error {
	what := m.Missing(now)
	if what == "" {
		return nil
	}
	d := Damage{Stream: stream, Path: blockfile.StreamFolder(c.Dir, stream), Problem: what, Lost: unknownLoss}
	if !d.Fatal() {
		c.reportDamage(d, "")
		return nil
	}
	return c.LossError(fmt.Errorf("some of the stream %s, in %s, is gone: %s", stream, blockfile.StreamFolder(c.Dir, stream), what))
}

// LossError returns an error for a loss, if there is one, unless it is to be accepted.
func (c *Checker) LossError(loss error) error {
	if loss == nil || c.AcceptsLoss(loss) {
		return nil
	}
	return fmt.Errorf("journal: %w; %s; or open the house without what is gone, by --accept-loss", loss, layout.MoveAwayAdvice(c.Dir))
}

// AcceptsLoss logs a loss that is to be accepted, and reports whether it is.
func (c *Checker) AcceptsLoss(loss error) bool {
	if c.AcceptLoss {
		c.Log.Error("journal: something is lost, and the house opens all the same, as --accept-loss says", "what", loss)
	}
	return c.AcceptLoss
}
