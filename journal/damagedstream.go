package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// A damagedStream is a stream in a journal's folder of which some may be damaged.
//
// Which messages count is not all in the messages. That one was removed is in a note in some
// later block, that a row gave way to a later one is in the engine's state alone: see
// [streamState], which holds for all that was stored until it was written. So what cannot be read
// may have taken away, or replaced, something that can; unless the state is younger.
type damagedStream struct {
	stream string
	folder string
	state  *blockfile.State // nil where there is none
	blocks []uint32

	messages []foundMessage
	removed  map[uint64]bool // by notes
	gaps     []gap
	errs     []error
}

// A foundMessage message is one that has its checksum.
type foundMessage struct {
	layout.Message
	block uint32
}

// A gap is a part of a stream that cannot be read.
type gap struct {
	block   uint32
	nextSeq uint64 // the first message after it, 0 where there is none
	raw     []byte // what is in it
}

// readDamagedStream reads what can be read of a stream in a journal's folder.
func readDamagedStream(dir, stream string) *damagedStream {
	w := &damagedStream{stream: stream, folder: blockfile.StreamFolder(dir, stream), removed: map[uint64]bool{}}
	w.state, _ = blockfile.ReadState(w.folder)
	w.listBlocks(readManifest(dir)[stream])
	for _, number := range w.blocks {
		w.readBlock(number)
	}
	if w.hasForeignState() {
		w.state = nil
	}
	w.findMissing(dir)
	return w
}

// listBlocks lists the blocks that are there, and those that were.
func (ds *damagedStream) listBlocks(seal streamManifest) {
	sizes, err := blockfile.Sizes(ds.folder)
	if err != nil {
		ds.errs = append(ds.errs, err)
	}
	numbers := map[uint32]bool{}
	for number := range sizes {
		numbers[number] = true
	}
	for number, was := range seal.Blocks {
		numbers[number] = numbers[number] || was.Messages > 0
	}
	if ds.state != nil {
		for number, b := range ds.state.Blocks {
			numbers[number] = numbers[number] || b.Count() > 0
		}
	}
	maps.DeleteFunc(numbers, func(_ uint32, there bool) bool { return !there })
	ds.blocks = slices.Sorted(maps.Keys(numbers))
}

// hasForeignState reports whether the engine's state is not of these blocks: all but the last one
// are whole when it notes what is in them.
func (ds *damagedStream) hasForeignState() bool {
	return ds.state != nil && slices.ContainsFunc(ds.messages, func(f foundMessage) bool {
		noted := ds.state.Blocks[f.block]
		return noted != nil && f.block < ds.state.LastBlock && f.Seq > noted.Last
	})
}

// findMissing notes what is missing of what there was, by the marks and the seal, where all that is
// there can be read.
func (ds *damagedStream) findMissing(dir string) {
	marks, _ := readWatermarks(dir)
	mark, last := marks.get(ds.stream), ds.lastSeq()
	for seq := range ds.removed {
		last = max(last, seq)
	}
	if mark.LastSeq > last && (ds.state == nil || ds.state.Blocks[ds.state.LastBlock] == nil || ds.state.Blocks[ds.state.LastBlock].Last < mark.LastSeq) {
		ds.gaps = append(ds.gaps, gap{block: math.MaxUint32})
	}
	if len(ds.errs) > 0 {
		return
	}
	x := &streamCheck{folder: ds.folder, watermark: mark, manifest: readManifest(dir)[ds.stream]}
	damages, err := x.run(context.Background())
	if err != nil {
		ds.errs = append(ds.errs, err)
	}
	for _, d := range damages {
		ds.errs = append(ds.errs, d)
	}
}

// readBlock reads a block.
func (ds *damagedStream) readBlock(number uint32) {
	path := blockfile.Path(ds.folder, number)
	data, err := blockfile.ReadDamagedFile(path)
	if err != nil {
		ds.errs = append(ds.errs, err)
	}
	if len(data) == 0 {
		if err == nil && ds.isBlockExpected(number) {
			err = fmt.Errorf("%s is empty", path)
			ds.errs = append(ds.errs, err)
		}
		if err != nil {
			ds.gaps = append(ds.gaps, gap{block: number})
		}
		return
	}
	b, err := blockfile.New(path, data, layout.IsPlausible)
	if err != nil {
		panic(err) // the name is a block's
	}
	for r, err := range b.Records() {
		if fault, ok := errors.AsType[*blockfile.Fault](err); ok {
			ds.errs = append(ds.errs, fault)
			ds.gaps = append(ds.gaps, gap{block: number, raw: data[fault.Offset : fault.Offset+fault.Size]})
			continue
		}
		ds.addRecord(number, r)
	}
}

// isBlockExpected reports whether something must have been in a block. The engine makes the last one
// before it writes anything there.
func (ds *damagedStream) isBlockExpected(number uint32) bool {
	if ds.state == nil {
		return number != ds.blocks[len(ds.blocks)-1]
	}
	noted := ds.state.Blocks[number]
	return noted != nil && noted.Count() > 0
}

// addRecord takes a record of a block.
func (ds *damagedStream) addRecord(number uint32, r blockfile.Record) {
	switch {
	case r.Removed:
		ds.removed[r.Seq] = true
		return
	case r.Seq <= ds.lastSeq(): // the engine, too, takes the first of several
		return
	}
	for i := len(ds.gaps) - 1; i >= 0 && ds.gaps[i].nextSeq == 0; i-- {
		ds.gaps[i].nextSeq = r.Seq
	}
	m := layout.Message{Seq: r.Seq, Subject: r.Subject, Time: r.Time, Data: r.Data}
	if header, err := nats.DecodeHeadersMsg(r.Header); err == nil {
		m.ID = header.Get(jetstream.MsgIDHeader)
	}
	if r.Erased {
		ds.removed[r.Seq] = true
	}
	ds.messages = append(ds.messages, foundMessage{m, number})
}

// lastSeq returns the last message that was found.
func (ds *damagedStream) lastSeq() uint64 {
	if len(ds.messages) == 0 {
		return 0
	}
	return ds.messages[len(ds.messages)-1].Seq
}

// liveMessages returns the messages that were neither removed nor, as far as that is known, replaced.
func (ds *damagedStream) liveMessages() (alive []layout.Message) {
	for _, f := range ds.messages {
		if !ds.removed[f.Seq] && !ds.wasDeleted(f) {
			alive = append(alive, f.Message)
		}
	}
	return alive
}

// wasDeleted reports whether a message was gone already when the engine noted what there is.
func (ds *damagedStream) wasDeleted(f foundMessage) bool {
	if ds.state == nil || f.block > ds.state.LastBlock {
		return false
	}
	noted := ds.state.Blocks[f.block]
	return noted == nil || f.Seq <= noted.Last && !noted.Has(f.Seq)
}

// isGapCovered reports whether the engine has noted what came of all that is in a hole.
func (ds *damagedStream) isGapCovered(h gap) bool {
	if ds.state == nil || h.block < ds.state.LastBlock {
		return ds.state != nil
	}
	noted := ds.state.Blocks[h.block]
	return noted != nil && h.nextSeq > 0 && h.nextSeq <= noted.Last
}

// countLost returns how many messages are gone of those that the engine has noted, -1 where it has
// noted nothing.
func (ds *damagedStream) countLost() int {
	if ds.state == nil {
		return -1
	}
	lost := 0
	for _, b := range ds.state.Blocks {
		lost += b.Count()
	}
	for _, f := range ds.messages {
		if noted := ds.state.Blocks[f.block]; noted != nil && noted.Has(f.Seq) && f.Subject != "" {
			lost--
		}
	}
	return max(0, lost)
}

// uncertainBefore returns up to which message nobody knows whether what cannot be read has taken it away,
// or replaced it: those that are before one.
func (ds *damagedStream) uncertainBefore() (before uint64) {
	for _, h := range ds.gaps {
		switch {
		case ds.isGapCovered(h):
		case h.nextSeq == 0:
			return math.MaxUint64
		default:
			before = max(before, h.nextSeq)
		}
	}
	return before
}

// recordSubject is the subject of a row of any bucket.
var recordSubject = regexp.MustCompile(`\$KV\.(?:people|(?:book|desk)\.[a-z]+)\.(?:[A-Za-z0-9_-]+|=)`)

// replacedBefore returns, by subject, before which message there is nothing of it that counts any
// more: what can still be made out in a hole is a later value, of which the rest is gone.
func (ds *damagedStream) replacedBefore() map[string]uint64 {
	before := map[string]uint64{}
	for _, h := range ds.gaps {
		if ds.isGapCovered(h) {
			continue
		}
		next := h.nextSeq
		if next == 0 {
			next = math.MaxUint64
		}
		for _, at := range recordSubject.FindAllIndex(h.raw, -1) {
			subject := subjectAt(h.raw, at)
			before[subject] = max(before[subject], next)
		}
	}
	return before
}

// subjectAt returns the subject that may be at a place. What comes after it may go on like it; its
// length stands before it, if that is not damaged.
func subjectAt(text []byte, at []int) string {
	begin, end := at[0], at[1]
	if begin >= 2 {
		if size := int(binary.LittleEndian.Uint16(text[begin-2:])); recordSubject.Match(text[begin:min(end, begin+size)]) {
			end = min(end, begin+size)
		}
	}
	return string(text[begin:end])
}

// tombstonesInGaps returns those that can still be made out in the holes of ROOM. What they hide may
// not have been erased yet.
func (ds *damagedStream) tombstonesInGaps() (records []layout.StoredEvent) {
	for _, h := range ds.gaps {
		for line := range bytes.Lines(h.raw) {
			begin := bytes.Index(line, []byte(`{"by":`))
			if begin < 0 {
				continue
			}
			var r layout.StoredEvent
			if json.Unmarshal(bytes.TrimRight(line[begin:], "\x00\n"), &r) == nil && r.Kind == "forgot" && r.Check() == nil {
				records = append(records, r)
			}
		}
	}
	return records
}
