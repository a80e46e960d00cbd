package blockfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/minio/highwayhash"
	"github.com/nats-io/nats-server/v2/server/avl"
)

// StateFile is where the engine saves, when it stops and occasionally before that, which
// messages are in the blocks of a stream. It trusts the file if the last block still ends as
// noted there, and otherwise reads all blocks.
const StateFile = "index.db"

// The magic number of a state file, and the version that ReadState understands.
const (
	stateMagic   = 11
	stateVersion = 4
)

// A State is the engine's saved state of a stream.
type State struct {
	Blocks    map[uint32]*BlockState
	LastBlock uint32             // number of the last block,
	lastBytes [checksumSize]byte // and its last bytes
	Checksum  string             // checksum of the state file
}

// A BlockState is the engine's saved state of a block.
type BlockState struct {
	first, Last uint64          // range of its messages,
	removed     avl.SequenceSet // except these
}

// Count returns the number of messages in a block.
func (s *BlockState) Count() int { return int(s.Last+1-s.first) - s.removed.Size() }

// Has reports whether a block has a message.
func (s *BlockState) Has(seq uint64) bool {
	return seq >= s.first && seq <= s.Last && !s.removed.Exists(seq)
}

var errNoState = errors.New("it is not what the engine writes")

// ReadState reads the saved state of the stream in a folder.
func ReadState(folder string) (*State, error) {
	data, err := os.ReadFile(filepath.Join(folder, MessagesFolder, StateFile))
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256([]byte(filepath.Base(folder)))
	sum, err := highwayhash.New64(key[:])
	if err != nil {
		panic(err) // the key has the right size
	}
	if len(data) < 2+checksumSize {
		return nil, errNoState
	}
	body := data[:len(data)-checksumSize]
	sum.Write(body)
	if !bytes.Equal(sum.Sum(nil), data[len(body):]) || body[0] != stateMagic || body[1] != stateVersion {
		return nil, errNoState
	}
	r := &stateReader{rest: body[2:]}
	s := r.state()
	if r.failed {
		return nil, errNoState
	}
	s.Checksum = hex.EncodeToString(data[len(body):])
	return s, nil
}

// A stateReader reads integers of variable length.
type stateReader struct {
	rest   []byte
	failed bool
}

func (r *stateReader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	r.skip(size)
	return n
}

// skip skips some bytes. It fails if there are fewer.
func (r *stateReader) skip(size int) {
	if size <= 0 || size > len(r.rest) {
		r.rest, r.failed = nil, true
		return
	}
	r.rest = r.rest[size:]
}

func (r *stateReader) skipUvarints(n int) {
	for range n {
		r.uvarint()
	}
}

func (r *stateReader) state() *State {
	r.skipUvarints(6) // of the stream: messages, bytes, first with its time, last with its time
	for range r.uvarint() {
		if r.failed {
			return nil
		}
		r.skipSubject()
	}
	s := &State{Blocks: map[uint32]*BlockState{}}
	for range r.uvarint() {
		if r.failed {
			return nil
		}
		number, b := r.block()
		s.Blocks[number] = b
	}
	s.LastBlock = uint32(r.uvarint())
	if len(r.rest) != checksumSize {
		r.failed = true
		return nil
	}
	copy(s.lastBytes[:], r.rest)
	return s
}

// skipSubject skips the entry of a subject: its name, its number of messages, and its first and
// last block.
func (r *stateReader) skipSubject() {
	if size := r.uvarint(); size > 0 && size <= uint64(len(r.rest)) {
		r.skip(int(size))
		r.skipUvarints(3)
	} else if size > 0 {
		r.failed = true
	}
}

func (r *stateReader) block() (number uint32, b *BlockState) {
	number, b = uint32(r.uvarint()), &BlockState{}
	r.uvarint() // bytes
	b.first = r.uvarint()
	r.uvarint() // its time
	b.Last = r.uvarint()
	r.uvarint() // its time
	removed := r.uvarint()
	r.skipUvarints(2) // expiring and scheduled messages
	if b.first > b.Last+1 || b.Last-b.first+1 > maxSeq {
		r.failed = true
	}
	if removed == 0 || r.failed {
		return number, b
	}
	set, size, err := avl.Decode(r.rest)
	if err != nil {
		r.failed = true
		return number, b
	}
	b.removed = *set
	r.skip(size)
	if uint64(b.removed.Size()) != removed || removed > b.Last+1-b.first {
		r.failed = true
	}
	return number, b
}

// MatchesFiles reports whether the state describes the blocks in the stream's folder.
func (s *State) MatchesFiles(folder string, sizes map[uint32]int64) bool {
	for number := range sizes {
		if number > s.LastBlock {
			return false
		}
	}
	for number, b := range s.Blocks {
		if _, ok := sizes[number]; !ok && (number == s.LastBlock || b.Count() > 0) {
			return false
		}
	}
	return s.lastBytes == blockEnd(Path(folder, s.LastBlock), sizes[s.LastBlock])
}

// blockEnd returns the last bytes of a block with the given size, or zeros if it is shorter.
func blockEnd(path string, size int64) (end [checksumSize]byte) {
	f, err := os.Open(path)
	if err != nil {
		return end
	}
	defer f.Close()
	if n, _ := f.ReadAt(end[:], size-checksumSize); n < checksumSize {
		return [checksumSize]byte{}
	}
	return end
}

// Path returns the path of a block in the stream's folder.
func Path(folder string, number uint32) string {
	return filepath.Join(folder, MessagesFolder, fmt.Sprint(number, BlockSuffix))
}

// Sizes returns the sizes of the blocks in the stream's folder.
func Sizes(folder string) (map[uint32]int64, error) {
	files, err := os.ReadDir(filepath.Join(folder, MessagesFolder))
	if err != nil {
		return nil, err
	}
	sizes := map[uint32]int64{}
	for _, f := range files {
		number, ok := Number(f.Name())
		if !ok {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return nil, err
		}
		sizes[number] = info.Size()
	}
	return sizes, nil
}
