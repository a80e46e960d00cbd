package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A wreck is a stream in a journal's folder of which some may be damaged.
//
// Which messages count is not all in the messages. That one was removed is in a note in some
// later block, that a row gave way to a later one is in the engine's state alone: see
// [streamState], which holds for all that was stored until it was written. So what cannot be read
// may have taken away, or replaced, something that can; unless the state is younger.
type wreck struct {
	stream string
	folder string
	state  *streamState // nil where there is none
	blocks []uint32

	found   []found
	removed map[uint64]bool // by notes
	holes   []hole
	wrong   []error
}

// A found message is one that has its checksum.
type found struct {
	message
	block uint32
}

// A hole is a part of a stream that cannot be read.
type hole struct {
	block uint32
	next  uint64 // the first message after it, 0 where there is none
	text  []byte // what is in it
}

// readWreck reads what can be read of a stream in a journal's folder.
func readWreck(dir, stream string) *wreck {
	w := &wreck{stream: stream, folder: streamFolder(dir, stream), removed: map[uint64]bool{}}
	w.state, _ = readState(w.folder)
	w.list(readSeal(dir)[stream])
	for _, number := range w.blocks {
		w.read(number)
	}
	if w.isStrange() {
		w.state = nil
	}
	w.compare(dir)
	return w
}

// list lists the blocks that are there, and those that were.
func (w *wreck) list(seal streamSeal) {
	sizes, err := blockSizes(w.folder)
	if err != nil {
		w.wrong = append(w.wrong, err)
	}
	numbers := map[uint32]bool{}
	for number := range sizes {
		numbers[number] = true
	}
	for number, was := range seal.Blocks {
		numbers[number] = numbers[number] || was.Messages > 0
	}
	if w.state != nil {
		for number, b := range w.state.blocks {
			numbers[number] = numbers[number] || b.messages() > 0
		}
	}
	maps.DeleteFunc(numbers, func(_ uint32, there bool) bool { return !there })
	w.blocks = slices.Sorted(maps.Keys(numbers))
}

// isStrange reports whether the engine's state is not of these blocks: all but the last one
// are whole when it notes what is in them.
func (w *wreck) isStrange() bool {
	return w.state != nil && slices.ContainsFunc(w.found, func(f found) bool {
		noted := w.state.blocks[f.block]
		return noted != nil && f.block < w.state.last && f.Seq > noted.last
	})
}

// compare notes what is missing of what there was, by the marks and the seal, where all that is
// there can be read.
func (w *wreck) compare(dir string) {
	marks, _ := readMarks(dir)
	mark, last := marks.of(w.stream), w.last()
	for seq := range w.removed {
		last = max(last, seq)
	}
	if mark.Last > last && (w.state == nil || w.state.blocks[w.state.last] == nil || w.state.blocks[w.state.last].last < mark.Last) {
		w.holes = append(w.holes, hole{block: math.MaxUint32})
	}
	if len(w.wrong) > 0 {
		return
	}
	x := &examination{folder: w.folder, mark: mark, seal: readSeal(dir)[w.stream]}
	damages, err := x.examine(context.Background())
	if err != nil {
		w.wrong = append(w.wrong, err)
	}
	for _, d := range damages {
		w.wrong = append(w.wrong, d)
	}
}

// read reads a block.
func (w *wreck) read(number uint32) {
	path := blockPathIn(w.folder, number)
	data, err := readPieces(path)
	if err != nil {
		w.wrong = append(w.wrong, err)
	}
	if len(data) == 0 {
		if err == nil && w.isMissed(number) {
			err = fmt.Errorf("%s is empty", path)
			w.wrong = append(w.wrong, err)
		}
		if err != nil {
			w.holes = append(w.holes, hole{block: number})
		}
		return
	}
	b, err := newBlock(path, data)
	if err != nil {
		panic(err) // the name is a block's
	}
	for r, err := range b.records() {
		if fault, ok := errors.AsType[*blockFault](err); ok {
			w.wrong = append(w.wrong, fault)
			w.holes = append(w.holes, hole{block: number, text: data[fault.Offset : fault.Offset+fault.Size]})
			continue
		}
		w.take(number, r)
	}
}

// isMissed reports whether something must have been in a block. The engine makes the last one
// before it writes anything there.
func (w *wreck) isMissed(number uint32) bool {
	if w.state == nil {
		return number != w.blocks[len(w.blocks)-1]
	}
	noted := w.state.blocks[number]
	return noted != nil && noted.messages() > 0
}

// take takes a record of a block.
func (w *wreck) take(number uint32, r blockRecord) {
	switch {
	case r.Removed:
		w.removed[r.Seq] = true
		return
	case r.Seq <= w.last(): // the engine, too, takes the first of several
		return
	}
	for i := len(w.holes) - 1; i >= 0 && w.holes[i].next == 0; i-- {
		w.holes[i].next = r.Seq
	}
	m := message{Seq: r.Seq, Subject: r.Subject, Time: r.Time, Data: r.Data}
	if header, err := nats.DecodeHeadersMsg(r.Header); err == nil {
		m.ID = header.Get(jetstream.MsgIDHeader)
	}
	if r.Erased {
		w.removed[r.Seq] = true
	}
	w.found = append(w.found, found{m, number})
}

// last returns the last message that was found.
func (w *wreck) last() uint64 {
	if len(w.found) == 0 {
		return 0
	}
	return w.found[len(w.found)-1].Seq
}

// alive returns the messages that were neither removed nor, as far as that is known, replaced.
func (w *wreck) alive() (alive []message) {
	for _, f := range w.found {
		if !w.removed[f.Seq] && !w.isDead(f) {
			alive = append(alive, f.message)
		}
	}
	return alive
}

// isDead reports whether a message was gone already when the engine noted what there is.
func (w *wreck) isDead(f found) bool {
	if w.state == nil || f.block > w.state.last {
		return false
	}
	noted := w.state.blocks[f.block]
	return noted == nil || f.Seq <= noted.last && !noted.has(f.Seq)
}

// isTold reports whether the engine has noted what came of all that is in a hole.
func (w *wreck) isTold(h hole) bool {
	if w.state == nil || h.block < w.state.last {
		return w.state != nil
	}
	noted := w.state.blocks[h.block]
	return noted != nil && h.next > 0 && h.next <= noted.last
}

// lost returns how many messages are gone of those that the engine has noted, -1 where it has
// noted nothing.
func (w *wreck) lost() int {
	if w.state == nil {
		return -1
	}
	lost := 0
	for _, b := range w.state.blocks {
		lost += b.messages()
	}
	for _, f := range w.found {
		if noted := w.state.blocks[f.block]; noted != nil && noted.has(f.Seq) && f.Subject != "" {
			lost--
		}
	}
	return max(0, lost)
}

// unsure returns up to which message nobody knows whether what cannot be read has taken it away,
// or replaced it: those that are before one.
func (w *wreck) unsure() (before uint64) {
	for _, h := range w.holes {
		switch {
		case w.isTold(h):
		case h.next == 0:
			return math.MaxUint64
		default:
			before = max(before, h.next)
		}
	}
	return before
}

// rowSubject is the subject of a row of any bucket.
var rowSubject = regexp.MustCompile(`\$KV\.(?:people|(?:book|desk)\.[a-z]+)\.(?:[A-Za-z0-9_-]+|=)`)

// replaced returns, by subject, before which message there is nothing of it that counts any
// more: what can still be made out in a hole is a later value, of which the rest is gone.
func (w *wreck) replaced() map[string]uint64 {
	before := map[string]uint64{}
	for _, h := range w.holes {
		if w.isTold(h) {
			continue
		}
		next := h.next
		if next == 0 {
			next = math.MaxUint64
		}
		for _, at := range rowSubject.FindAllIndex(h.text, -1) {
			subject := subjectAt(h.text, at)
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
		if size := int(binary.LittleEndian.Uint16(text[begin-2:])); rowSubject.Match(text[begin:min(end, begin+size)]) {
			end = min(end, begin+size)
		}
	}
	return string(text[begin:end])
}

// tombstones returns those that can still be made out in the holes of ROOM. What they hide may
// not have been erased yet.
func (w *wreck) tombstones() (records []record) {
	for _, h := range w.holes {
		for line := range bytes.Lines(h.text) {
			begin := bytes.Index(line, []byte(`{"by":`))
			if begin < 0 {
				continue
			}
			var r record
			if json.Unmarshal(bytes.TrimRight(line[begin:], "\x00\n"), &r) == nil && r.Kind == "forgot" && r.check() == nil {
				records = append(records, r)
			}
		}
	}
	return records
}

// pieceSize is how much is left out at least where a disk cannot read a part of a file.
const pieceSize = 4096

// readPieces reads a file, with zeros for those parts that the disk cannot read. The error tells
// of these; then the rest is returned, too.
func readPieces(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is gone", path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := checkBlockFile(path, info); err != nil {
		return nil, err
	}
	data, bad, err := readPiecesFrom(f, info.Size())
	if err != nil {
		err = fmt.Errorf("%s: %d bytes cannot be read from the disk: %w", path, bad, err)
	}
	return data, err
}

// readPiecesFrom returns, besides, how many bytes could not be read, and why the first could not.
func readPiecesFrom(r io.ReaderAt, size int64) (data []byte, bad int, first error) {
	data = make([]byte, size)
	for at := int64(0); at < size; at += pieceSize {
		piece := data[at:min(at+pieceSize, size)]
		n, err := r.ReadAt(piece, at)
		if n == len(piece) {
			continue
		}
		clear(piece)
		if bad += len(piece); first == nil {
			first = err
		}
	}
	return data, bad, first
}

// streamFolder is where the server in this process keeps a stream, in a journal's folder.
func streamFolder(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream)
}
