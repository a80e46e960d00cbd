package integrity

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// A Damage is something wrong with a file of one of the embedded server's streams.
type Damage struct {
	Stream  string
	Path    string // the file, or the stream's folder
	Problem string // what is wrong
	Lost    int    // number of messages lost, or -1 if unknown

	// Unsynced says that the damage is after all data known to be synced, so it may be the
	// result of a power cut.
	Unsynced bool
}

// unknownLoss means that nobody knows how many messages are lost.
const unknownLoss = -1

func (d Damage) Error() string {
	switch {
	case d.Lost == unknownLoss:
		return fmt.Sprintf("%s %s", d.Path, d.Problem)
	case d.Lost == 0:
		return fmt.Sprintf("%s %s; none of its messages is gone", d.Path, d.Problem)
	case d.Lost == 1:
		return fmt.Sprintf("%s %s; 1 message is gone", d.Path, d.Problem)
	}
	return fmt.Sprintf("%s %s; %d messages are gone", d.Path, d.Problem, d.Lost)
}

// Find returns the damage in the streams' files in a journal's folder.
func Find(ctx context.Context, dir string) (all []Damage, err error) {
	watermarks, _ := ReadWatermarks(dir) // opening the store reports unreadable watermarks
	known := readManifest(dir)
	for _, stream := range layout.StreamNamesIn(dir) {
		x := &streamCheck{folder: blockfile.StreamFolder(dir, stream), watermark: watermarks.Get(stream), manifest: known[stream]}
		found, err := x.run(ctx)
		if err != nil {
			return nil, fmt.Errorf("journal: stream %s: %w", stream, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// A streamCheck checks the files of one stream.
type streamCheck struct {
	folder    string
	watermark Watermark
	manifest  streamManifest // empty after a kill
	sizes     map[uint32]int64
	state     *blockfile.State // nil if it does not match the files
	lastBlock uint32           // number of the last block
}

func (c *streamCheck) run(ctx context.Context) (found []Damage, err error) {
	c.sizes, err = blockfile.Sizes(c.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if c.isBeingPurged() {
		return nil, nil
	}
	for number := range c.sizes {
		c.lastBlock = max(c.lastBlock, number)
	}
	if c.state, err = blockfile.ReadState(c.folder); err != nil {
		c.state = nil
	}
	if c.manifest.isStale(c.sizes, c.state) {
		c.manifest = streamManifest{}
	}
	if c.state != nil && !c.hasManifest() && !c.state.MatchesFiles(c.folder, c.sizes) {
		c.state = nil
	}
	found = c.missingBlocks()
	blocks, last, err := c.readBlocks(ctx)
	if err != nil {
		return nil, err
	}
	found = append(found, blocks...)
	if what := (Watermark{LastSeq: c.watermark.LastSeq}).Missing(Watermark{LastSeq: last}); what != "" && len(found) == 0 {
		found = append(found, c.newDamage(c.folder, what, unknownLoss))
	}
	return found, nil
}

// hasManifest reports whether only the engine that was stopped in order has had them.
func (c *streamCheck) hasManifest() bool { return c.manifest.Blocks != nil }

// isBeingPurged reports whether a kill interrupted the engine while it replaced all blocks by
// one. The next start completes that.
func (c *streamCheck) isBeingPurged() bool {
	found, _ := filepath.Glob(filepath.Join(c.folder, "__new_msgs__", "*"+blockfile.BlockSuffix))
	return len(found) > 0
}

func (c *streamCheck) newDamage(path, what string, lost int) Damage {
	return Damage{Stream: filepath.Base(c.folder), Path: path, Problem: what, Lost: lost}
}

// missingBlocks returns the damage that the blocks' names and sizes reveal.
func (c *streamCheck) missingBlocks() (found []Damage) {
	for number, was := range c.manifest.Blocks {
		size, ok := c.sizes[number]
		switch path := blockfile.Path(c.folder, number); {
		case !ok:
			found = append(found, c.newDamage(path, "is gone", was.Messages))
		case size == 0 && was.Size > 0:
			found = append(found, c.newDamage(path, "is empty", was.Messages))
		}
	}
	if c.hasManifest() {
		return found
	}
	for number, size := range c.sizes {
		switch path := blockfile.Path(c.folder, number); {
		case size == 0 && number < c.watermark.Block:
			found = append(found, c.newDamage(path, "is empty", unknownLoss))
		case size < c.watermark.Size && number == c.watermark.Block && number == c.lastBlock:
			found = append(found, c.newDamage(path, fmt.Sprintf("has %d bytes, and had %d", size, c.watermark.Size), unknownLoss))
		}
	}
	return found
}

// A blockReport is the result of reading a block.
type blockReport struct {
	number  uint32
	lastSeq uint64 // last message that it mentions
	live    int    // messages that the engine's state counts
	faults  []*blockfile.Fault
	err     error
}

// readBlocks reads all blocks. It returns the damage in them, and the last message that they
// mention.
func (c *streamCheck) readBlocks(ctx context.Context) (found []Damage, last uint64, err error) {
	reports := c.readAll(ctx)
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	for _, r := range reports {
		last = max(last, r.lastSeq)
		switch {
		case errors.Is(r.err, fs.ErrPermission):
			return nil, 0, r.err
		case r.err != nil:
			found = append(found, c.newDamage(blockfile.Path(c.folder, r.number), fmt.Sprintf("cannot be read: %v", r.err), unknownLoss))
		default:
			found = append(found, c.damageIn(r)...)
		}
	}
	return found, last, nil
}

// readAll reads all blocks that are not empty, several at a time, until ctx is done.
func (c *streamCheck) readAll(ctx context.Context) []blockReport {
	var numbers []uint32
	for number, size := range c.sizes {
		if size > 0 {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	reports := make([]blockReport, len(numbers))
	next := make(chan int)
	var readers sync.WaitGroup
	for range min(len(numbers), runtime.GOMAXPROCS(0)) {
		readers.Go(func() {
			for i := range next {
				if ctx.Err() == nil {
					reports[i] = c.readOne(numbers[i])
				}
			}
		})
	}
	for i := range numbers {
		next <- i
	}
	close(next)
	readers.Wait()
	return reports
}

func (c *streamCheck) readOne(number uint32) blockReport {
	report := blockReport{number: number}
	b, err := blockfile.Read(blockfile.Path(c.folder, number), layout.IsPlausible)
	if err != nil {
		report.err = err
		return report
	}
	var noted *blockfile.BlockState
	if c.state != nil {
		noted = c.state.Blocks[number]
	}
	seen := uint64(0)
	for r, err := range b.Records() {
		var fault *blockfile.Fault
		if errors.As(err, &fault) {
			report.faults = append(report.faults, fault)
			continue
		}
		report.lastSeq = max(report.lastSeq, r.Seq)
		if !r.Erased && !r.Removed && r.Seq > seen {
			seen = r.Seq
			if noted != nil && noted.Has(r.Seq) {
				report.live++
			}
		}
	}
	return report
}

// damageIn returns the damage in a block, from its report.
func (c *streamCheck) damageIn(r blockReport) []Damage {
	lost := unknownLoss
	if c.state != nil && c.state.Blocks[r.number] != nil {
		lost = max(0, c.state.Blocks[r.number].Count()-r.live)
	}
	path := blockfile.Path(c.folder, r.number)
	if len(r.faults) == 0 {
		was, size := c.manifest.Blocks[r.number].Size, c.sizes[r.number]
		if !c.hasManifest() || size == was {
			return nil
		}
		return []Damage{c.newDamage(path, fmt.Sprintf("has %d bytes, and had %d", size, was), lost)}
	}
	first := r.faults[0]
	if c.isTorn(r) {
		return nil
	}
	what := fmt.Sprintf("cannot be read from byte %d on: %s", first.Offset, first.Problem)
	if others := len(r.faults) - 1; others > 0 {
		what += fmt.Sprintf(", and in %d other places", others)
	}
	d := c.newDamage(path, what, lost)
	d.Unsynced = c.isUnsynced(r.number, first)
	return []Damage{d}
}

// isTorn reports whether only the end of a block is damaged, as after any kill.
func (c *streamCheck) isTorn(r blockReport) bool {
	f := r.faults[0]
	return f.Torn && r.number == c.lastBlock && c.isUnsynced(r.number, f)
}

// isUnsynced reports whether a part of a block was written after everything known to be synced.
func (c *streamCheck) isUnsynced(number uint32, f *blockfile.Fault) bool {
	return !c.hasManifest() && (number > c.watermark.Block || number == c.watermark.Block && int64(f.Offset) >= c.watermark.Size)
}

// Fatal reports whether the damage keeps the server from starting unless it is accepted: without
// its bans, operators and names, anybody could take it over.
func (d Damage) Fatal() bool {
	return !d.Unsynced && layout.HasRecords(d.Stream)
}

// FirstError returns an error for the first damage that a backup must not hide: a backup would
// look complete without the lost data. Only starting the server may repair it.
func FirstError(found []Damage) error {
	for _, d := range found {
		if !d.Unsynced && !d.Fatal() { // fatal damage is reported in the words used at the start
			return fmt.Errorf("journal: the store is damaged: %w; start the server, which goes on without it and keeps a copy of the file, and then make a backup", d)
		}
	}
	return nil
}
