package integrity

import (
	"context"
	"errors"
	"fmt"

	"github.com/charmbracelet/log"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// A Checker checks the files of the embedded engine's streams before the engine starts. It
// repairs damage, and reports what is lost.
type Checker struct {
	Dir        string // the journal's folder
	Log        *log.Logger
	AcceptLoss bool     // open a damaged store without what is lost
	Damages    []Damage // damage found
}

// CheckAndRepair reads all blocks of the store before the engine starts. If records are damaged,
// it returns an error and changes no file, unless the loss is accepted. Other damage it reports
// and repairs.
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
		return fmt.Errorf("the store is damaged, and no copy of its files can be kept: %w", errors.Join(err, found[0]))
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

// reportDamage notes damage, and logs it unless it concerns records, whose damage is logged
// already.
func (c *Checker) reportDamage(d Damage, kept string) {
	fields := []any{"stream", d.Stream, "what", d, "kept", kept}
	if d.Unsynced {
		c.Log.Warn("journal: the data written last cannot be read, as after a power cut", fields...)
		return
	}
	c.Damages = append(c.Damages, d)
	if !d.Fatal() {
		c.Log.Error("journal: some stored data is damaged; the server starts without it", fields...)
	}
}

// resetWatermarks removes the claims of repaired streams' watermarks about what is gone. The
// watermarks of records stay until the loss is accepted.
func resetWatermarks(dir string, found []Damage) error {
	watermarks, err := ReadWatermarks(dir)
	if err != nil {
		return nil // comparing them will report it
	}
	for _, d := range found {
		m := watermarks.Get(d.Stream)
		m.Block, m.Size = 0, 0
		if !d.Fatal() {
			m = Watermark{}
		}
		watermarks.Set(d.Stream, m)
	}
	return watermarks.saveAfter(func(string) (uint32, int64, error) { return 0, 0, nil })
}

// CompareWatermark returns an error if a stream has less than its watermark says.
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

// LossError returns an error for a loss, if there is one, unless it is accepted.
func (c *Checker) LossError(loss error) error {
	if loss == nil || c.AcceptsLoss(loss) {
		return nil
	}
	return fmt.Errorf("journal: %w; %s; or start without what is gone, with --accept-loss", loss, layout.MoveAwayAdvice(c.Dir))
}

// AcceptsLoss reports whether a loss is accepted, and logs it if so.
func (c *Checker) AcceptsLoss(loss error) bool {
	if c.AcceptLoss {
		c.Log.Error("journal: data is lost; the server starts all the same, because of --accept-loss", "what", loss)
	}
	return c.AcceptLoss
}
