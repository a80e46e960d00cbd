package integrity

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

// A DamagedStream is what can be read of a stream, some of whose files may be damaged.
//
// The messages alone do not tell which of them count. A removal is a note in a later block, and
// the replacement of an entry by a later one is only in the engine's [blockfile.State], which
// covers everything stored before it was written. So an unreadable part may have removed or
// replaced a readable message, unless the state is younger.
type DamagedStream struct {
	Stream string
	Folder string
	State  *blockfile.State // nil if there is none
	blocks []uint32

	messages []foundMessage
	removed  map[uint64]bool // according to notes
	Gaps     []Gap
	Errs     []error
}

// A foundMessage is a message with a valid checksum.
type foundMessage struct {
	layout.Message
	block uint32
}

// A Gap is an unreadable part of a stream.
type Gap struct {
	block   uint32
	nextSeq uint64 // first message after it, or 0 if there is none
	Raw     []byte // its bytes
}

// ReadDamagedStream reads what can be read of a stream in a journal's folder.
func ReadDamagedStream(dir, stream string) *DamagedStream {
	w := &DamagedStream{Stream: stream, Folder: blockfile.StreamFolder(dir, stream), removed: map[uint64]bool{}}
	w.State, _ = blockfile.ReadState(w.Folder)
	w.listBlocks(readManifest(dir)[stream])
	for _, number := range w.blocks {
		w.readBlock(number)
	}
	if w.hasForeignState() {
		w.State = nil
	}
	w.findMissing(dir)
	return w
}

// listBlocks lists the blocks that exist, and those that should.
func (ds *DamagedStream) listBlocks(known streamManifest) {
	sizes, err := blockfile.Sizes(ds.Folder)
	if err != nil {
		ds.Errs = append(ds.Errs, err)
	}
	numbers := map[uint32]bool{}
	for number := range sizes {
		numbers[number] = true
	}
	for number, was := range known.Blocks {
		numbers[number] = numbers[number] || was.Messages > 0
	}
	if ds.State != nil {
		for number, b := range ds.State.Blocks {
			numbers[number] = numbers[number] || b.Count() > 0
		}
	}
	maps.DeleteFunc(numbers, func(_ uint32, there bool) bool { return !there })
	ds.blocks = slices.Sorted(maps.Keys(numbers))
}

// hasForeignState reports whether the engine's state does not belong to these blocks: when the
// engine saves it, all blocks but the last are complete.
func (ds *DamagedStream) hasForeignState() bool {
	return ds.State != nil && slices.ContainsFunc(ds.messages, func(f foundMessage) bool {
		noted := ds.State.Blocks[f.block]
		return noted != nil && f.block < ds.State.LastBlock && f.Seq > noted.Last
	})
}

// findMissing notes which messages the watermarks and the manifest have and the stream lacks, if
// everything that exists can be read.
func (ds *DamagedStream) findMissing(dir string) {
	watermarks, _ := ReadWatermarks(dir)
	watermark, last := watermarks.Get(ds.Stream), ds.lastSeq()
	for seq := range ds.removed {
		last = max(last, seq)
	}
	if watermark.LastSeq > last && (ds.State == nil || ds.State.Blocks[ds.State.LastBlock] == nil || ds.State.Blocks[ds.State.LastBlock].Last < watermark.LastSeq) {
		ds.Gaps = append(ds.Gaps, Gap{block: math.MaxUint32})
	}
	if len(ds.Errs) > 0 {
		return
	}
	x := &streamCheck{folder: ds.Folder, watermark: watermark, manifest: readManifest(dir)[ds.Stream]}
	damages, err := x.run(context.Background())
	if err != nil {
		ds.Errs = append(ds.Errs, err)
	}
	for _, d := range damages {
		ds.Errs = append(ds.Errs, d)
	}
}

// readBlock reads a block.
func (ds *DamagedStream) readBlock(number uint32) {
	path := blockfile.Path(ds.Folder, number)
	data, err := blockfile.ReadDamagedFile(path)
	if err != nil {
		ds.Errs = append(ds.Errs, err)
	}
	if len(data) == 0 {
		if err == nil && ds.isBlockExpected(number) {
			err = fmt.Errorf("%s is empty", path)
			ds.Errs = append(ds.Errs, err)
		}
		if err != nil {
			ds.Gaps = append(ds.Gaps, Gap{block: number})
		}
		return
	}
	b, err := blockfile.New(path, data, layout.IsPlausible)
	if err != nil {
		panic(err) // the name is a block's
	}
	for r, err := range b.Records() {
		if fault, ok := errors.AsType[*blockfile.Fault](err); ok {
			ds.Errs = append(ds.Errs, fault)
			ds.Gaps = append(ds.Gaps, Gap{block: number, Raw: data[fault.Offset : fault.Offset+fault.Size]})
			continue
		}
		ds.addRecord(number, r)
	}
}

// isBlockExpected reports whether a block must have held something. The engine creates the last
// block before it writes anything there.
func (ds *DamagedStream) isBlockExpected(number uint32) bool {
	if ds.State == nil {
		return number != ds.blocks[len(ds.blocks)-1]
	}
	noted := ds.State.Blocks[number]
	return noted != nil && noted.Count() > 0
}

// addRecord adds a record of a block.
func (ds *DamagedStream) addRecord(number uint32, r blockfile.Record) {
	switch {
	case r.Removed:
		ds.removed[r.Seq] = true
		return
	case r.Seq <= ds.lastSeq(): // the engine, too, takes the first of several
		return
	}
	for i := len(ds.Gaps) - 1; i >= 0 && ds.Gaps[i].nextSeq == 0; i-- {
		ds.Gaps[i].nextSeq = r.Seq
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

// lastSeq returns the last message found.
func (ds *DamagedStream) lastSeq() uint64 {
	if len(ds.messages) == 0 {
		return 0
	}
	return ds.messages[len(ds.messages)-1].Seq
}

// LiveMessages returns the messages that were neither removed nor, as far as is known, replaced.
func (ds *DamagedStream) LiveMessages() (alive []layout.Message) {
	for _, f := range ds.messages {
		if !ds.removed[f.Seq] && !ds.wasDeleted(f) {
			alive = append(alive, f.Message)
		}
	}
	return alive
}

// wasDeleted reports whether a message was already gone when the engine saved its state.
func (ds *DamagedStream) wasDeleted(f foundMessage) bool {
	if ds.State == nil || f.block > ds.State.LastBlock {
		return false
	}
	noted := ds.State.Blocks[f.block]
	return noted == nil || f.Seq <= noted.Last && !noted.Has(f.Seq)
}

// isGapCovered reports whether the engine's state includes the effect of everything in a gap.
func (ds *DamagedStream) isGapCovered(h Gap) bool {
	if ds.State == nil || h.block < ds.State.LastBlock {
		return ds.State != nil
	}
	noted := ds.State.Blocks[h.block]
	return noted != nil && h.nextSeq > 0 && h.nextSeq <= noted.Last
}

// CountLost returns how many messages are lost that the engine's state counts, or -1 if there is
// no state.
func (ds *DamagedStream) CountLost() int {
	if ds.State == nil {
		return -1
	}
	lost := 0
	for _, b := range ds.State.Blocks {
		lost += b.Count()
	}
	for _, f := range ds.messages {
		if noted := ds.State.Blocks[f.block]; noted != nil && noted.Has(f.Seq) && f.Subject != "" {
			lost--
		}
	}
	return max(0, lost)
}

// UncertainBefore returns the sequence number below which messages may have been removed or
// replaced by something unreadable.
func (ds *DamagedStream) UncertainBefore() (before uint64) {
	for _, h := range ds.Gaps {
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

// recordSubject matches the subject of an entry in any bucket.
var recordSubject = regexp.MustCompile(`\$KV\.(?:people|(?:authority|personal|book|desk)\.[a-z]+)\.(?:[A-Za-z0-9_-]+|=)`)

// ReplacedBefore returns, by subject, the sequence number below which its messages no longer
// count: a gap still shows part of a later value.
func (ds *DamagedStream) ReplacedBefore() map[string]uint64 {
	before := map[string]uint64{}
	for _, h := range ds.Gaps {
		if ds.isGapCovered(h) {
			continue
		}
		next := h.nextSeq
		if next == 0 {
			next = math.MaxUint64
		}
		for _, at := range recordSubject.FindAllIndex(h.Raw, -1) {
			subject := subjectAt(h.Raw, at)
			before[subject] = max(before[subject], next)
		}
	}
	return before
}

// subjectAt returns the subject that may be at a place. The text after it may look like part of
// it; its length precedes it, unless that is damaged.
func subjectAt(text []byte, at []int) string {
	begin, end := at[0], at[1]
	if begin >= 2 {
		if size := int(binary.LittleEndian.Uint16(text[begin-2:])); recordSubject.Match(text[begin:min(end, begin+size)]) {
			end = min(end, begin+size)
		}
	}
	return string(text[begin:end])
}

// TombstonesInGaps returns the tombstones that are still legible in the gaps of ROOM. What they
// hide may not have been erased yet.
func (ds *DamagedStream) TombstonesInGaps() (events []layout.StoredEvent) {
	for _, h := range ds.Gaps {
		for line := range bytes.Lines(h.Raw) {
			begin := bytes.Index(line, []byte(`{"by":`))
			if begin < 0 {
				continue
			}
			var r layout.StoredEvent
			if json.Unmarshal(bytes.TrimRight(line[begin:], "\x00\n"), &r) == nil && r.Kind == "forgot" && r.Check() == nil {
				events = append(events, r)
			}
		}
	}
	return events
}
