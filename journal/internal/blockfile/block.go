package blockfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/minio/highwayhash"
)

// The layout of a record in a block, as the engine's file store writes it:
//
//	length (4) number (8) time (8) length of subject (2) subject [length of header (4) header] body checksum (8)
//
// All numbers are little-endian. The length is that of the whole record. The checksum covers the
// number, the time, the subject, the header and the body, but none of the lengths.
const (
	recordHeadSize   = 22 // up to the subject
	headerLengthSize = 4
	checksumSize     = 8
	minRecordSize    = recordHeadSize + checksumSize
	maxRecordSize    = 32 << 20 // the engine reads no longer ones

	hasHeader  = 1 << 31 // in the length: there is a header
	erasedBit  = 1 << 63 // in the number: the message was overwritten, or skipped
	removedBit = 1 << 62 // in the number: not a message, but a note that one in another block was removed

	// maxBlockSize exceeds the size at which the engine starts the next block.
	maxBlockSize = 64 << 20

	// maxSearchFactor bounds the search for good records, as a multiple of the block's size.
	// Data that only looks like a record must be read to its end to tell.
	maxSearchFactor = 4

	// maxSubject exceeds the length of any subject.
	maxSubject = 1000

	// maxSeq exceeds the number of messages a stream ever has.
	maxSeq = 1 << 48

	// BlockSuffix ends the name of a block.
	BlockSuffix = ".blk"
)

// A Block is one of the files, msgs/1.blk and so on, in which the engine keeps the messages of a
// stream, one record after the other.
type Block struct {
	Path         string
	stream       string
	Data         []byte
	plausible    Plausible
	hash         hash.Hash64
	searchBudget int // bytes that may still be read in search of good records
}

// Plausible reports whether the writers of a stream may have written a message. It decides where
// the checksum does not help: about the length of the subject. Nil means that any message is
// plausible.
type Plausible func(stream, subject string, data []byte) bool

// A Record is an intact record. Its header and data are slices of the block.
type Record struct {
	Offset  int // in the block
	Size    int
	Seq     uint64
	Time    time.Time
	Subject string
	Header  []byte // as on the wire; nil if there is none
	Data    []byte

	Erased  bool // the message was overwritten, or its number was skipped: there is nothing else
	Removed bool // a note that message Seq, in another block, was removed
}

// A Fault is an unreadable part of a block. It ends at the next good record, or at the end of
// the block.
type Fault struct {
	Path    string
	Offset  int
	Size    int
	Problem string // what is wrong at the offset

	// Torn says that the fault reaches the end of the block. A kill or a power cut while the
	// engine is writing leaves the last block of a stream like that.
	Torn bool
}

func (f *Fault) Error() string {
	return fmt.Sprintf("%s: %d bytes from byte %d on cannot be read: %s", f.Path, f.Size, f.Offset, f.Problem)
}

// Read reads a block file in its stream's folder.
func Read(path string, plausible Plausible) (*Block, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := checkBlockFile(path, info); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return New(path, data, plausible)
}

// checkBlockFile returns an error for a file that cannot be a block and should not be read
// whole.
func checkBlockFile(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() || info.Size() > maxBlockSize {
		return fmt.Errorf("%s is not a block: a block has at most %d MB", path, maxBlockSize>>20)
	}
	return nil
}

// New returns the block in a file's data.
func New(path string, data []byte, plausible Plausible) (*Block, error) {
	number, ok := Number(filepath.Base(path))
	if !ok {
		return nil, fmt.Errorf("%s is not named like a block", path)
	}
	stream := filepath.Base(filepath.Dir(filepath.Dir(path)))
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, number))
	sum, err := highwayhash.New64(key[:])
	if err != nil {
		panic(err) // the key has the right size
	}
	return &Block{Path: path, stream: stream, Data: data, plausible: plausible, hash: sum}, nil
}

// Number returns the number of a block, from its file name.
func Number(name string) (uint32, bool) {
	digits, ok := strings.CutSuffix(name, BlockSuffix)
	number, err := strconv.ParseUint(digits, 10, 32)
	return uint32(number), ok && err == nil && strconv.FormatUint(number, 10) == digits
}

// Records returns the contents of a block in order: each intact record, and a *[Fault] for each
// unreadable part, after which it continues with the next good record. Several records may have
// the same number; the engine uses the first.
func (b *Block) Records() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		b.searchBudget = (1 + maxSearchFactor) * len(b.Data)
		for at := 0; at < len(b.Data); {
			r, err := b.recordAt(at)
			if err == nil {
				at += r.Size
			} else {
				f := b.faultAt(at, err)
				at, err = at+f.Size, f
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// faultAt returns the fault that begins at an offset without a good record.
func (b *Block) faultAt(at int, wrong error) *Fault {
	next := at + 1
	for next < len(b.Data) && !b.hasRecordAt(next) {
		next++
	}
	return &Fault{Path: b.Path, Offset: at, Size: next - at, Problem: wrong.Error(), Torn: next == len(b.Data)}
}

// hasRecordAt reports whether a good record begins at an offset. It looks closer only where one
// might: text from users cannot look like a record, because it is stored without zero bytes.
func (b *Block) hasRecordAt(at int) bool {
	rest := b.Data[at:]
	if b.searchBudget < 0 || len(rest) < minRecordSize {
		return false
	}
	number, subject := binary.LittleEndian.Uint64(rest[4:]), binary.LittleEndian.Uint16(rest[20:])
	if number&^(erasedBit|removedBit) > maxSeq || subject > maxSubject {
		return false
	}
	if number != 0 && (number < removedBit) != (subject > 0) {
		return false
	}
	_, err := b.recordAt(at)
	return err == nil
}

// recordAt returns the record at an offset, or an error. It trusts no length.
func (b *Block) recordAt(at int) (Record, error) {
	rest := b.Data[at:]
	if len(rest) < minRecordSize {
		return Record{}, fmt.Errorf("only %d bytes are left, too few for a message", len(rest))
	}
	length := binary.LittleEndian.Uint32(rest)
	size := int(length &^ hasHeader)
	subject, header := int(binary.LittleEndian.Uint16(rest[20:])), 0
	if length&hasHeader != 0 {
		header = headerLengthSize
	}
	switch {
	case size < minRecordSize+subject+header || size > maxRecordSize:
		return Record{}, errors.New("no message begins there")
	case size > len(rest):
		return Record{}, fmt.Errorf("a message of %d bytes is cut short", size)
	}
	r := Record{Offset: at, Size: size, Seq: binary.LittleEndian.Uint64(rest[4:])}
	r.Erased, r.Removed = r.Seq&erasedBit != 0 || r.Seq == 0, r.Seq&removedBit != 0
	r.Seq &^= erasedBit | removedBit
	r.Time = time.Unix(0, int64(binary.LittleEndian.Uint64(rest[12:]))).UTC()
	body := rest[recordHeadSize : size-checksumSize]
	return r, b.parseRecord(&r, rest[4:20], body[:subject], body[subject:], header > 0, rest[size-checksumSize:size])
}

// parseRecord fills in a record, after checking its checksum.
func (b *Block) parseRecord(r *Record, head, subject, body []byte, header bool, sum []byte) error {
	r.Subject = string(subject)
	size := uint64(0)
	if header {
		size, body = uint64(binary.LittleEndian.Uint32(body)), body[headerLengthSize:]
	}
	if !b.checksumMatches(sum, head, subject, body) {
		return errors.New("a message has a wrong checksum") // its number may be wrong, too
	}
	if header {
		if size > uint64(len(body)) || !bytes.HasSuffix(body[:size], []byte("\r\n\r\n")) {
			return fmt.Errorf("the length of the header of message %d is wrong", r.Seq)
		}
		r.Header, body = body[:size:size], body[size:]
	}
	if r.Erased || r.Removed { // the rest is filler
		if len(subject) > 0 || header {
			return fmt.Errorf("message %d is gone, and has a subject", r.Seq)
		}
		return nil
	}
	r.Data = body
	return b.checkContent(r)
}

// checksumMatches reports whether the checksum of some parts is sum.
func (b *Block) checksumMatches(sum []byte, parts ...[]byte) bool {
	b.hash.Reset()
	for _, p := range parts {
		b.searchBudget -= len(p)
		b.hash.Write(p)
	}
	var have [checksumSize]byte
	return bytes.Equal(b.hash.Sum(have[:0]), sum)
}

// checkContent returns an error if the subject's length is wrong, which the checksum does not
// cover: the message is not plausible, but would be with a subject that ended elsewhere.
func (b *Block) checkContent(r *Record) error {
	if b.plausible == nil || b.plausible(b.stream, r.Subject, r.Data) {
		return nil
	}
	both := append([]byte(r.Subject), r.Data...)
	for end := range min(len(both), maxSubject) + 1 {
		if end != len(r.Subject) && b.plausible(b.stream, string(both[:end]), both[end:]) {
			return fmt.Errorf("the length of the subject of message %d is wrong", r.Seq)
		}
	}
	return nil // not ours
}

// Without returns the readable part of a block, except some messages.
func (b *Block) Without(seqs map[uint64]bool) []byte {
	good := make([]byte, 0, len(b.Data))
	for r, err := range b.Records() {
		if err == nil && (r.Removed || !seqs[r.Seq]) {
			good = append(good, b.Data[r.Offset:r.Offset+r.Size]...)
		}
	}
	return good
}
