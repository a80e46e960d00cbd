package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/testkit"
)

// blockPath is a block of ROOM.
const blockPath = "ROOM/msgs/7.blk"

// encodeBlock returns a block at blockPath with some records, as the engine would write it.
func encodeBlock(t testing.TB, records ...blockRecord) []byte {
	t.Helper()
	b, err := newBlock(blockPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for _, r := range records {
		length := uint32(minRecordSize + len(r.Subject) + len(r.Header) + len(r.Data))
		if r.Header != nil {
			length = length + headerLengthSize | hasHeader
		}
		number := r.Seq
		if r.Erased {
			number |= erasedBit
		}
		if r.Removed {
			number |= removedBit
		}
		begin := len(data)
		data = binary.LittleEndian.AppendUint32(data, length)
		data = binary.LittleEndian.AppendUint64(data, number)
		data = binary.LittleEndian.AppendUint64(data, uint64(r.Time.UnixNano()))
		data = binary.LittleEndian.AppendUint16(data, uint16(len(r.Subject)))
		head := data[begin+4 : begin+20]
		b.hash.Reset()
		for _, part := range [][]byte{head, []byte(r.Subject), r.Header, r.Data} {
			b.hash.Write(part)
		}
		data = append(data, r.Subject...)
		if r.Header != nil {
			data = binary.LittleEndian.AppendUint32(data, uint32(len(r.Header)))
		}
		data = append(append(data, r.Header...), r.Data...)
		data = b.hash.Sum(data)
	}
	return data
}

// sampleRecords are records of all kinds.
func sampleRecords() []blockRecord {
	then := time.Unix(1700000000, 5).UTC()
	return []blockRecord{
		{Seq: 5, Time: then, Subject: roomSubject("tea"), Data: []byte(`{"text":"short"}` + "\n")},
		{Seq: 6, Time: then, Subject: roomSubject("tea"), Header: []byte("NATS/1.0\r\nNats-Msg-Id: x\r\n\r\n"), Data: []byte(`{"text":"with a header"}` + "\n")},
		{Seq: 3, Time: then, Removed: true},
		{Seq: 7, Time: time.Unix(0, 0).UTC(), Erased: true, Data: []byte("overwritten by anything")},
		{Seq: 8, Time: then, Subject: roomSubject("coffee"), Data: []byte(`{"text":"` + strings.Repeat("long ", 200) + `"}` + "\n")},
	}
}

// readAllOf returns the records and faults of a block.
func readAllOf(t testing.TB, path string, data []byte) (records []blockRecord, faults []*blockFault) {
	t.Helper()
	b, err := newBlock(path, data)
	if err != nil {
		t.Fatal(err)
	}
	end := 0
	for r, err := range b.records() {
		var f *blockFault
		offset, size := r.Offset, r.Size
		if errors.As(err, &f) {
			offset, size = f.Offset, f.Size
			faults = append(faults, f)
		} else {
			records = append(records, r)
		}
		if offset != end || size <= 0 {
			t.Fatalf("%d bytes at %d come after what ends at %d", size, offset, end)
		}
		end += size
	}
	if end != len(data) {
		t.Fatalf("it reads %d bytes of %d", end, len(data))
	}
	return records, faults
}

// same reports whether two records hold the same, wherever they are.
func (r blockRecord) same(other blockRecord) bool {
	return r.Seq == other.Seq && r.Erased == other.Erased && r.Removed == other.Removed && r.Time.Equal(other.Time) && r.Subject == other.Subject &&
		(r.Erased || bytes.Equal(r.Header, other.Header) && bytes.Equal(r.Data, other.Data))
}

func TestBlock(t *testing.T) {
	t.Parallel()
	want := sampleRecords()
	got, faults := readAllOf(t, blockPath, encodeBlock(t, want...))
	if len(faults) > 0 || !slices.EqualFunc(got, want, blockRecord.same) {
		t.Errorf("read %+v, %v", got, faults)
	}
}

// Whichever byte becomes another one, that is told, where it is, and all but the record in
// which it is is read.
func TestFlippedByteInABlock(t *testing.T) {
	t.Parallel()
	want := sampleRecords()
	whole := encodeBlock(t, want...)
	at, faults := readAllOf(t, blockPath, whole)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range whole {
		for _, flip := range []byte{1, 2, 4, 8, 16, 32, 64, 128, byte(random.IntN(256)), whole[i]} {
			if flip == 0 {
				continue
			}
			data := bytes.Clone(whole)
			data[i] ^= flip
			hit := slices.IndexFunc(at, func(r blockRecord) bool { return i < r.Offset+r.Size })
			got, faults := readAllOf(t, blockPath, data)
			if len(faults) != 1 || faults[0].Offset != at[hit].Offset || faults[0].Size != at[hit].Size {
				t.Fatalf("byte %d of %+v from %d to %d: %v", i, at[hit], whole[i], data[i], faults)
			}
			if left := slices.Delete(slices.Clone(want), hit, hit+1); !slices.EqualFunc(got, left, blockRecord.same) {
				t.Fatalf("byte %d from %d to %d: %+v is left", i, whole[i], data[i], got)
			}
			if faults[0].Torn != (hit == len(at)-1) {
				t.Errorf("byte %d: %+v", i, faults[0])
			}
		}
	}
}

// What is cut short reads up to there.
func TestTruncatedBlock(t *testing.T) {
	t.Parallel()
	whole := encodeBlock(t, sampleRecords()...)
	at, _ := readAllOf(t, blockPath, whole)
	for size := range whole {
		left := slices.IndexFunc(at, func(r blockRecord) bool { return size < r.Offset+r.Size })
		got, faults := readAllOf(t, blockPath, whole[:size])
		if len(got) != left {
			t.Errorf("of %d bytes it reads %d records, not %d", size, len(got), left)
		}
		if clean := size == at[left].Offset; (len(faults) == 0) != clean || !clean && !faults[0].Torn {
			t.Errorf("of %d bytes: %v", size, faults)
		}
		zeros := append(bytes.Clone(whole[:size]), make([]byte, 100)...)
		if got, faults := readAllOf(t, blockPath, zeros); len(got) < left || len(got) > left+1 || len(faults) != 1 || !faults[0].Torn {
			t.Errorf("of %d bytes and zeros: %d records, %v", size, len(got), faults)
		}
	}
}

// What is no block is not read as one.
func TestNoBlock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"1.blk.tmp", "01.blk", "x.blk", ".blk", "-1.blk", "99999999999.blk", "1.new"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readBlock(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	large := filepath.Join(dir, "1.blk")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxBlockSize+1); err != nil {
		t.Fatal(err)
	}
	if _, err := readBlock(large); err == nil {
		t.Error("a huge one is read")
	}
	if err := os.Mkdir(filepath.Join(dir, "2.blk"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := readBlock(filepath.Join(dir, "2.blk")); err == nil {
		t.Error("a folder is read")
	}
}

// FuzzBlock wants that whatever is in a block is read to its end, in one pass.
func FuzzBlock(f *testing.F) {
	whole := encodeBlock(f, sampleRecords()...)
	f.Add(whole, 0, byte(0))
	f.Add(whole, 3, byte(0x80))
	f.Add(whole[11:], 0, byte(0))
	f.Add(bytes.Repeat([]byte{30, 0, 0, 0}, 500), 0, byte(0))
	f.Add(make([]byte, 300), 0, byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at int, flip byte) {
		if at >= 0 && at < len(data) {
			data[at] ^= flip
		}
		records, faults := readAllOf(t, blockPath, data)
		if len(records)+len(faults) > 0 && len(data) == 0 {
			t.Error("there is something in nothing")
		}
	})
}

// What looks like records everywhere takes no longer to read than what is in it warrants.
func TestBlockSearchIsBounded(t *testing.T) {
	t.Parallel()
	b := make([]byte, 4<<20)
	for i := 0; i+minRecordSize < len(b); i += minRecordSize {
		binary.LittleEndian.PutUint32(b[i:], uint32(len(b)-i)) // to the end, without a checksum
		binary.LittleEndian.PutUint64(b[i+4:], 1|removedBit)
	}
	block, err := newBlock(blockPath, b)
	if err != nil {
		t.Fatal(err)
	}
	for range block.records() {
	}
	if least := -2 * len(b); block.searchBudget < least {
		t.Errorf("it read %d bytes too many", -block.searchBudget)
	}
}

// blocksOf returns what is in the blocks of a stream in a folder of the engine. It fails
// where anything cannot be read.
func blocksOf(t *testing.T, folder string) (records []blockRecord) {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(folder, messagesFolder))
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, file := range files {
		if _, ok := blockNumber(file.Name()); !ok {
			continue
		}
		b, err := readBlock(filepath.Join(folder, messagesFolder, file.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // the engine removes those in which nothing is left
		} else if err != nil {
			t.Fatal(err)
		}
		blocks++
		for r, err := range b.records() {
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, r)
		}
	}
	if blocks == 0 {
		t.Error("there are no blocks")
	}
	return records
}

// What the engine itself wrote is read: all that a stream has, whatever was done to it, and
// nothing of what was overwritten.
func TestBlocksWrittenByNATS(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	e, err := startEngine(ctx, Config{Log: log.New(io.Discard)}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	config := jetstream.StreamConfig{Name: roomStream, Subjects: []string{roomPrefix + "*"}, MaxBytes: 120_000} // of blocks of 32 kB
	stream, err := e.js.CreateStream(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	say := func(many, size int) error {
		for range many {
			n++
			data := fmt.Sprintf("{\"text\":%q}\n", fmt.Sprint("line ", n, strings.Repeat("x", size)))
			if _, err := e.publish(ctx, roomSubject(fmt.Sprint("room", n%3)), fmt.Sprint("id", n), []byte(data)); err != nil {
				return err
			}
		}
		return nil
	}
	overwritten := map[uint64]bool{}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"messages", func() error { return say(300, 200) }},
		{"removed", func() error { return e.deleteMessages(ctx, roomStream, []uint64{1, 2, 17, 40, 299, 300}) }},
		{"overwritten", func() error {
			overwritten[20], overwritten[30] = true, true
			return errors.Join(e.overwriteMessage(ctx, roomStream, 20), e.overwriteMessage(ctx, roomStream, 30))
		}},
		{"a subject purged", func() error { return e.purgeSubject(ctx, roomStream, roomSubject("room1"), 150) }},
		{"more than there may be", func() error { return say(500, 300) }},
		{"large ones", func() error { return say(3, 50_000) }},
		{"compacted", func() error { return e.purgeBefore(ctx, roomStream, 790) }},
		{"purged", func() error { return stream.Purge(ctx) }},
		{"again", func() error { return say(10, 10) }},
		{"expired", func() error {
			config.MaxAge, config.Duplicates = 100*time.Millisecond, 100*time.Millisecond
			_, err := e.js.UpdateStream(ctx, config)
			testkit.Eventually(t, "all expired", func() bool {
				info, err := stream.Info(ctx)
				return err == nil && info.State.Msgs == 0
			})
			return err
		}},
	} {
		if err := step.do(); err != nil {
			t.Fatal(step.name, err)
		}
		have := map[uint64]message{}
		if err := e.scan(ctx, roomStream, func(m message) error { have[m.Seq] = m; return nil }); err != nil {
			t.Fatal(step.name, err)
		}
		for _, r := range blocksOf(t, e.folder(roomStream)) {
			if overwritten[r.Seq] && !r.Erased && !r.Removed {
				t.Errorf("%s: message %d is still there", step.name, r.Seq)
			}
			m, ok := have[r.Seq]
			if !ok || r.Erased || r.Removed {
				continue
			}
			delete(have, r.Seq)
			if m.Subject != r.Subject || !m.Time.Equal(r.Time) || !bytes.Equal(m.Data, r.Data) || !bytes.Contains(r.Header, []byte(jetstream.MsgIDHeader+": "+m.ID+"\r\n")) {
				t.Errorf("%s: message %d is read as %+v, not %+v", step.name, r.Seq, r, m)
			}
		}
		if len(have) > 0 {
			t.Errorf("%s: %d messages are not in the blocks", step.name, len(have))
		}
	}
	e.close()
	blocksOf(t, e.folder(roomStream))
}

// BenchmarkBlock reads 8 MB of short messages.
func BenchmarkBlock(b *testing.B) {
	r := sampleRecords()[1]
	r.Data = append([]byte(`{"text":"`), bytes.Repeat([]byte("x"), 250)...)
	r.Data = append(r.Data, "\"}\n"...)
	one := encodeBlock(b, r)
	data := bytes.Repeat(one, 8<<20/len(one))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		block, err := newBlock(blockPath, data)
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range block.records() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
