package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
)

// A Damage is what is wrong with one of the files in which the server in this process keeps a
// stream.
type Damage struct {
	Stream string
	Path   string // the file, or the folder of the stream
	What   string // is wrong with it
	Lost   int    // how many messages are gone with it, as far as that is known; or -1

	// Late says that it is at the end of what was written, and so may be what a power cut leaves.
	Late bool
}

// unknownLoss is how many are lost where nobody knows.
const unknownLoss = -1

func (d Damage) Error() string {
	switch {
	case d.Lost == unknownLoss:
		return fmt.Sprintf("%s %s", d.Path, d.What)
	case d.Lost == 0:
		return fmt.Sprintf("%s %s; none of its messages is gone", d.Path, d.What)
	case d.Lost == 1:
		return fmt.Sprintf("%s %s; 1 message is gone", d.Path, d.What)
	}
	return fmt.Sprintf("%s %s; %d messages are gone", d.Path, d.What, d.Lost)
}

// Damages reads all blocks of the store in a data directory that nobody has open, and returns
// what is wrong with them. It changes nothing. Where the streams are elsewhere nothing is.
func Damages(ctx context.Context, data string) ([]Damage, error) {
	dir := filepath.Join(data, folderName)
	if err := checkFolder(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return examine(ctx, dir)
}

// examine returns what is wrong with the files of the streams in a journal's folder.
func examine(ctx context.Context, dir string) (all []Damage, err error) {
	marks, _ := readMarks(dir) // who opens it tells of marks that cannot be read
	seal := readSeal(dir)
	for _, scope := range scopes {
		x := &examination{folder: streamFolder(dir, scope.stream), mark: marks.of(scope.stream), seal: seal[scope.stream]}
		found, err := x.examine(ctx)
		if err != nil {
			return nil, fmt.Errorf("journal: stream %s: %w", scope.stream, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// An examination looks at the files of a stream.
type examination struct {
	folder string
	mark   mark
	seal   streamSeal // empty after a kill
	sizes  map[uint32]int64
	state  *streamState // nil where the engine's is of another time
	last   uint32       // the last block
}

func (x *examination) examine(ctx context.Context) (found []Damage, err error) {
	x.sizes, err = blockSizes(x.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if x.isBeingPurged() {
		return nil, nil
	}
	for number := range x.sizes {
		x.last = max(x.last, number)
	}
	if x.state, err = readState(x.folder); err != nil {
		x.state = nil
	}
	if x.seal.isBroken(x.sizes, x.state) {
		x.seal = streamSeal{}
	}
	if x.state != nil && !x.isSealed() && !x.state.isCurrent(x.folder, x.sizes) {
		x.state = nil
	}
	found = x.missing()
	blocks, last, err := x.read(ctx)
	if err != nil {
		return nil, err
	}
	found = append(found, blocks...)
	if what := (mark{Last: x.mark.Last}).missing(mark{Last: last}); what != "" && len(found) == 0 {
		found = append(found, x.damage(x.folder, what, unknownLoss))
	}
	return found, nil
}

// isSealed reports whether nobody but the engine that sealed them has had the files.
func (x *examination) isSealed() bool { return x.seal.Blocks != nil }

// isBeingPurged reports whether a kill came while the engine put one block in the place of all.
// The next start does the rest.
func (x *examination) isBeingPurged() bool {
	found, _ := filepath.Glob(filepath.Join(x.folder, "__new_msgs__", "*"+blockSuffix))
	return len(found) > 0
}

func (x *examination) damage(path, what string, lost int) Damage {
	return Damage{Stream: filepath.Base(x.folder), Path: path, What: what, Lost: lost}
}

// missing returns what is wrong with the blocks by their names and sizes.
func (x *examination) missing() (found []Damage) {
	for number, was := range x.seal.Blocks {
		size, ok := x.sizes[number]
		switch path := blockPathIn(x.folder, number); {
		case !ok:
			found = append(found, x.damage(path, "is gone", was.Messages))
		case size == 0 && was.Size > 0:
			found = append(found, x.damage(path, "is empty", was.Messages))
		}
	}
	if x.isSealed() {
		return found
	}
	for number, size := range x.sizes {
		switch path := blockPathIn(x.folder, number); {
		case size == 0 && number < x.mark.Block:
			found = append(found, x.damage(path, "is empty", unknownLoss))
		case size < x.mark.Size && number == x.mark.Block && number == x.last:
			found = append(found, x.damage(path, fmt.Sprintf("has %d bytes, and had %d", size, x.mark.Size), unknownLoss))
		}
	}
	return found
}

// A blockReport is what was found in a block.
type blockReport struct {
	number uint32
	last   uint64 // the last message it knows of
	lives  int    // how many messages are in it of those that the engine has noted
	faults []*blockFault
	err    error
}

// read reads all blocks. It returns what is wrong with them, and the last message that they know of.
func (x *examination) read(ctx context.Context) (found []Damage, last uint64, err error) {
	reports := x.readAll(ctx)
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	for _, r := range reports {
		last = max(last, r.last)
		switch {
		case errors.Is(r.err, fs.ErrPermission):
			return nil, 0, r.err
		case r.err != nil:
			found = append(found, x.damage(blockPathIn(x.folder, r.number), fmt.Sprintf("cannot be read: %v", r.err), unknownLoss))
		default:
			found = append(found, x.judge(r)...)
		}
	}
	return found, last, nil
}

// readAll reads all blocks that are not empty, several at a time, until ctx is done.
func (x *examination) readAll(ctx context.Context) []blockReport {
	var numbers []uint32
	for number, size := range x.sizes {
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
					reports[i] = x.readOne(numbers[i])
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

func (x *examination) readOne(number uint32) blockReport {
	report := blockReport{number: number}
	b, err := readBlock(blockPathIn(x.folder, number))
	if err != nil {
		report.err = err
		return report
	}
	var noted *blockState
	if x.state != nil {
		noted = x.state.blocks[number]
	}
	seen := uint64(0)
	for r, err := range b.records() {
		var fault *blockFault
		if errors.As(err, &fault) {
			report.faults = append(report.faults, fault)
			continue
		}
		report.last = max(report.last, r.Seq)
		if !r.Erased && !r.Removed && r.Seq > seen {
			seen = r.Seq
			if noted != nil && noted.has(r.Seq) {
				report.lives++
			}
		}
	}
	return report
}

// judge returns what is wrong with a block of which there is a report.
func (x *examination) judge(r blockReport) []Damage {
	lost := unknownLoss
	if x.state != nil && x.state.blocks[r.number] != nil {
		lost = max(0, x.state.blocks[r.number].messages()-r.lives)
	}
	path := blockPathIn(x.folder, r.number)
	if len(r.faults) == 0 {
		was, size := x.seal.Blocks[r.number].Size, x.sizes[r.number]
		if !x.isSealed() || size == was {
			return nil
		}
		return []Damage{x.damage(path, fmt.Sprintf("has %d bytes, and had %d", size, was), lost)}
	}
	first := r.faults[0]
	if x.isTorn(r) {
		return nil
	}
	what := fmt.Sprintf("cannot be read from byte %d on: %s", first.Offset, first.What)
	if others := len(r.faults) - 1; others > 0 {
		what += fmt.Sprintf(", and in %d other places", others)
	}
	d := x.damage(path, what, lost)
	d.Late = x.isLate(r.number, first)
	return []Damage{d}
}

// isTorn reports whether nothing is wrong with a block but its end, and that as after any kill.
func (x *examination) isTorn(r blockReport) bool {
	f := r.faults[0]
	return f.Torn && r.number == x.last && x.isLate(r.number, f)
}

// isLate reports whether a part of a block was written after all that was surely on the disk.
func (x *examination) isLate(number uint32, f *blockFault) bool {
	return !x.isSealed() && (number > x.mark.Block || number == x.mark.Block && int64(f.Offset) >= x.mark.Size)
}

// Fatal reports whether a house does not open with a damage, unless it is accepted: without its bans, operators and
// names it would be anybody's.
func (d Damage) Fatal() bool { return !d.Late && (d.Stream == bookStream || d.Stream == deskStream) }

// Kept returns the folders in a data directory in which damaged files of the store are kept as they were.
func Kept(data string) []string {
	kept, _ := filepath.Glob(filepath.Join(data, folderName, damagedFolder, "*"))
	return kept
}
