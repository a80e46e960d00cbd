package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
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

// The parts of a record in a block, as the engine's file store writes it:
//
//	length (4) number (8) time (8) length of subject (2) subject [length of header (4) header] body checksum (8)
//
// All numbers are little-endian. The length is of the whole record. The checksum is of the number,
// the time, the subject, the header and the body, and of none of the lengths.
const (
	recordHead  = 22 // up to the subject
	headerHead  = 4
	recordSum   = 8
	leastRecord = recordHead + recordSum
	mostRecord  = 32 << 20 // the engine reads none that is longer

	hasHeader  = 1 << 31 // in the length: there is a header
	erasedBit  = 1 << 63 // in the number: the message was overwritten, or skipped
	removedBit = 1 << 62 // in the number: no message, but a note that one in another block was removed

	// mostBlock is more than the engine lets a block become before it begins the next one.
	mostBlock = 64 << 20

	// searchFactor bounds how much is read in search of good records: so many times what is in
	// the block. What looks like a record and is none has to be read to its end to tell.
	searchFactor = 4

	// mostNumber is more messages than a stream ever has.
	mostNumber = 1 << 48

	blockSuffix = ".blk"
)

// A block is one of the files, msgs/1.blk and so on, in which the engine keeps the messages of
// a stream, one record after the other.
type block struct {
	path   string
	stream string
	data   []byte
	sum    hash.Hash64
	search int // how many bytes may still be read in search of good records
}

// A blockRecord is a record that is whole. Its header and data are parts of the block.
type blockRecord struct {
	Offset  int // in the block
	Size    int
	Seq     uint64
	Time    time.Time
	Subject string
	Header  []byte // as it goes over the wire; nil where there is none
	Data    []byte

	Erased  bool // the message was overwritten, or there was none of that number: there is nothing else
	Removed bool // it says that message Seq, in another block, was removed
}

// A blockFault is a part of a block that cannot be read. It ends where the next good record
// begins, or where the block ends.
type blockFault struct {
	Path   string
	Offset int
	Size   int
	What   string // is wrong with what is at the offset

	// Torn says that the block ends with it. So ends the last block of a stream after a kill or a
	// power cut that came while the engine was writing.
	Torn bool
}

func (f *blockFault) Error() string {
	return fmt.Sprintf("%s: %d bytes from byte %d on cannot be read: %s", f.Path, f.Size, f.Offset, f.What)
}

// readBlock reads a block file, which is in the folder of its stream.
func readBlock(path string) (*block, error) {
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
	return newBlock(path, data)
}

// checkBlockFile returns an error for a file that cannot be a block, and is not to be read whole.
func checkBlockFile(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() || info.Size() > mostBlock {
		return fmt.Errorf("%s is no block: those are files of %d MB at most", path, mostBlock>>20)
	}
	return nil
}

// newBlock returns the block that a file holds.
func newBlock(path string, data []byte) (*block, error) {
	number, ok := blockNumber(filepath.Base(path))
	if !ok {
		return nil, fmt.Errorf("%s is not named as a block", path)
	}
	stream := filepath.Base(filepath.Dir(filepath.Dir(path)))
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, number))
	sum, err := highwayhash.New64(key[:])
	if err != nil {
		panic(err) // the key has the right size
	}
	return &block{path: path, stream: stream, data: data, sum: sum}, nil
}

// blockNumber returns which block a file is by its name.
func blockNumber(name string) (uint32, bool) {
	digits, ok := strings.CutSuffix(name, blockSuffix)
	number, err := strconv.ParseUint(digits, 10, 32)
	return uint32(number), ok && err == nil && strconv.FormatUint(number, 10) == digits
}

// records returns all that is in a block, in its order: each record that is whole, and a
// *blockFault for each part that cannot be read, after which it goes on with the next good record.
// There may be several records with one number, of which the engine takes the first.
func (b *block) records() iter.Seq2[blockRecord, error] {
	return func(yield func(blockRecord, error) bool) {
		b.search = (1 + searchFactor) * len(b.data)
		for at := 0; at < len(b.data); {
			r, err := b.record(at)
			if err == nil {
				at += r.Size
			} else {
				f := b.fault(at, err)
				at, err = at+f.Size, f
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// fault returns the part that begins at an offset, where there is no good record.
func (b *block) fault(at int, wrong error) *blockFault {
	next := at + 1
	for next < len(b.data) && !b.begins(next) {
		next++
	}
	return &blockFault{Path: b.path, Offset: at, Size: next - at, What: wrong.Error(), Torn: next == len(b.data)}
}

// begins reports whether a good record begins at an offset. It looks closer only where one might:
// nothing that people write can look like one, as what is stored of it has no zeros.
func (b *block) begins(at int) bool {
	rest := b.data[at:]
	if b.search < 0 || len(rest) < leastRecord {
		return false
	}
	number, subject := binary.LittleEndian.Uint64(rest[4:]), binary.LittleEndian.Uint16(rest[20:])
	if number&^(erasedBit|removedBit) > mostNumber || subject > maxSubject {
		return false
	}
	if number != 0 && (number < removedBit) != (subject > 0) {
		return false
	}
	_, err := b.record(at)
	return err == nil
}

// record returns the record at an offset, or what is wrong with it. It takes no length at its word.
func (b *block) record(at int) (blockRecord, error) {
	rest := b.data[at:]
	if len(rest) < leastRecord {
		return blockRecord{}, fmt.Errorf("only %d bytes are left, too few for a message", len(rest))
	}
	length := binary.LittleEndian.Uint32(rest)
	size := int(length &^ hasHeader)
	subject, header := int(binary.LittleEndian.Uint16(rest[20:])), 0
	if length&hasHeader != 0 {
		header = headerHead
	}
	switch {
	case size < leastRecord+subject+header || size > mostRecord:
		return blockRecord{}, errors.New("no message begins there")
	case size > len(rest):
		return blockRecord{}, fmt.Errorf("a message of %d bytes is cut short", size)
	}
	r := blockRecord{Offset: at, Size: size, Seq: binary.LittleEndian.Uint64(rest[4:])}
	r.Erased, r.Removed = r.Seq&erasedBit != 0 || r.Seq == 0, r.Seq&removedBit != 0
	r.Seq &^= erasedBit | removedBit
	r.Time = time.Unix(0, int64(binary.LittleEndian.Uint64(rest[12:]))).UTC()
	body := rest[recordHead : size-recordSum]
	return r, b.fill(&r, rest[4:20], body[:subject], body[subject:], header > 0, rest[size-recordSum:size])
}

// fill takes what a record holds, once that has its checksum.
func (b *block) fill(r *blockRecord, head, subject, body []byte, header bool, sum []byte) error {
	r.Subject = string(subject)
	size := uint64(0)
	if header {
		size, body = uint64(binary.LittleEndian.Uint32(body)), body[headerHead:]
	}
	if !b.matches(sum, head, subject, body) {
		return errors.New("a message does not have its checksum") // its number may be wrong, too
	}
	if header {
		if size > uint64(len(body)) || !bytes.HasSuffix(body[:size], []byte("\r\n\r\n")) {
			return fmt.Errorf("the length of the header of message %d is wrong", r.Seq)
		}
		r.Header, body = body[:size:size], body[size:]
	}
	if r.Erased || r.Removed { // what fills the place means nothing
		if len(subject) > 0 || header {
			return fmt.Errorf("message %d is gone, and has a subject", r.Seq)
		}
		return nil
	}
	r.Data = body
	return b.checkContent(r)
}

// matches reports whether parts of a record have a checksum.
func (b *block) matches(sum []byte, parts ...[]byte) bool {
	b.sum.Reset()
	for _, p := range parts {
		b.search -= len(p)
		b.sum.Write(p)
	}
	var have [recordSum]byte
	return bytes.Equal(b.sum.Sum(have[:0]), sum)
}

// checkContent returns an error where the length of the subject is wrong, of which the checksum does
// not tell: the message is none of a teahouse's, and would be one if its subject ended elsewhere.
func (b *block) checkContent(r *blockRecord) error {
	if b.isOurs(r.Subject, r.Data) {
		return nil
	}
	both := append([]byte(r.Subject), r.Data...)
	for end := range min(len(both), maxSubject) + 1 {
		if end != len(r.Subject) && b.isOurs(string(both[:end]), both[end:]) {
			return fmt.Errorf("the length of the subject of message %d is wrong", r.Seq)
		}
	}
	return nil // somebody else's
}

// isOurs reports whether a message looks like one that a teahouse stores.
func (b *block) isOurs(subject string, data []byte) bool {
	if err := checkSubject(b.stream, subject); err != nil && !errors.Is(err, errFloor) {
		return false
	}
	if b.stream == bookStream || b.stream == deskStream {
		return len(data) == 0 || json.Valid(data)
	}
	return len(data) == 0 || data[0] == '{'
}
