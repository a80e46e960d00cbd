package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/charmbracelet/log"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// A checker looks after the files in which the engine in this process keeps its streams. It reads
// them before the engine starts, mends what is damaged, and says what is lost.
type checker struct {
	dir        string // the journal's folder
	log        *log.Logger
	acceptLoss bool     // open what is damaged without what is gone
	damages    []Damage // that were found
}

// checkAndRepair reads all blocks of the store before the engine starts. What is damaged of
// the book or the desk is an error, unless that is accepted, and changes no file. What is damaged
// of the rest is told, and mended.
func (c *checker) checkAndRepair(ctx context.Context) error {
	found, err := findDamage(ctx, c.dir)
	if err != nil {
		return err
	}
	for _, d := range found {
		if !d.Fatal() {
			continue
		}
		if err := c.lossError(fmt.Errorf("the store is damaged: %w", d)); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return removeManifest(c.dir)
	}
	m, err := newRepairer(c.dir)
	if err != nil {
		return fmt.Errorf("the store is damaged, and nothing of it can be kept: %w", errors.Join(err, found[0]))
	}
	if err := m.repairAll(found); err != nil {
		return err
	}
	for _, d := range found {
		c.reportDamage(d, m.keptDir)
	}
	if err := resetWatermarks(c.dir, found); err != nil {
		return err
	}
	return removeManifest(c.dir)
}

// reportDamage notes a damage, and logs it. Of the book and the desk that was done.
func (c *checker) reportDamage(d Damage, kept string) {
	fields := []any{"stream", d.Stream, "what", d, "kept", kept}
	if d.Unsynced {
		c.log.Warn("journal: something that was written last cannot be read, as after a power cut", fields...)
		return
	}
	c.damages = append(c.damages, d)
	if !d.Fatal() {
		c.log.Error("journal: some of what was kept is damaged, and the house opens without that", fields...)
	}
}

// resetWatermarks has the marks of streams that were mended say nothing of what is no more. Those of the
// book and the desk go on saying what there was, until that is accepted.
func resetWatermarks(dir string, found []Damage) error {
	marks, err := readWatermarks(dir)
	if err != nil {
		return nil // whoever compares them tells
	}
	for _, d := range found {
		m := marks.get(d.Stream)
		m.Block, m.Size = 0, 0
		if !d.Fatal() {
			m = watermark{}
		}
		marks.set(d.Stream, m)
	}
	return marks.saveAfter(func(string) (uint32, int64, error) { return 0, 0, nil })
}

// checkAgainstWatermark returns an error where a stream has less than its mark says.
func (c *checker) checkAgainstWatermark(stream string, m, now watermark) error {
	what := m.missing(now)
	if what == "" {
		return nil
	}
	d := Damage{Stream: stream, Path: blockfile.StreamFolder(c.dir, stream), Problem: what, Lost: unknownLoss}
	if !d.Fatal() {
		c.reportDamage(d, "")
		return nil
	}
	return c.lossError(fmt.Errorf("some of the stream %s, in %s, is gone: %s", stream, blockfile.StreamFolder(c.dir, stream), what))
}

// lossError returns an error for a loss, if there is one, unless it is to be accepted.
func (c *checker) lossError(loss error) error {
	if loss == nil || c.acceptsLoss(loss) {
		return nil
	}
	return fmt.Errorf("journal: %w; %s; or open the house without what is gone, by --accept-loss", loss, layout.MoveAwayAdvice(c.dir))
}

// acceptsLoss logs a loss that is to be accepted, and reports whether it is.
func (c *checker) acceptsLoss(loss error) bool {
	if c.acceptLoss {
		c.log.Error("journal: something is lost, and the house opens all the same, as --accept-loss says", "what", loss)
	}
	return c.acceptLoss
}
