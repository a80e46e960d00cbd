package blockfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/journal/internal/layout"
)

// blockPath is the path of a block of ROOM.
const blockPath = "ROOM/msgs/7.blk"

// encodeBlock returns a block at blockPath with some records, as the engine would write it.
func encodeBlock(t testing.TB, records ...Record) []byte {
	t.Helper()
	b, err := New(blockPath, nil, layout.IsPlausible)
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

// sampleRecords returns records of all kinds.
func sampleRecords() []Record {
	then := time.Unix(1700000000, 5).UTC()
	return []Record{
		{Seq: 5, Time: then, Subject: layout.RoomSubject("tea"), Data: []byte(`{"text":"short"}` + "\n")},
		{Seq: 6, Time: then, Subject: layout.RoomSubject("tea"), Header: []byte("NATS/1.0\r\nNats-Msg-Id: x\r\n\r\n"), Data: []byte(`{"text":"with a header"}` + "\n")},
		{Seq: 3, Time: then, Removed: true},
		{Seq: 7, Time: time.Unix(0, 0).UTC(), Erased: true, Data: []byte("overwritten by anything")},
		{Seq: 8, Time: then, Subject: layout.RoomSubject("coffee"), Data: []byte(`{"text":"` + strings.Repeat("long ", 200) + `"}` + "\n")},
	}
}

// readAllOf returns the records and faults of a block.
func readAllOf(t testing.TB, path string, data []byte) (records []Record, faults []*Fault) {
	t.Helper()
	b, err := New(path, data, layout.IsPlausible)
	if err != nil {
		t.Fatal(err)
	}
	end := 0
	for r, err := range b.Records() {
		var f *Fault
		offset, size := r.Offset, r.Size
		if errors.As(err, &f) {
			offset, size = f.Offset, f.Size
			faults = append(faults, f)
		} else {
			records = append(records, r)
		}
		if offset != end || size <= 0 {
			t.Fatalf("%d bytes at %d come after an end at %d", size, offset, end)
		}
		end += size
	}
	if end != len(data) {
		t.Fatalf("read %d bytes of %d", end, len(data))
	}
	return records, faults
}

// same reports whether two records have the same content, wherever they are.
func (r Record) same(other Record) bool {
	return r.Seq == other.Seq && r.Erased == other.Erased && r.Removed == other.Removed && r.Time.Equal(other.Time) && r.Subject == other.Subject &&
		(r.Erased || bytes.Equal(r.Header, other.Header) && bytes.Equal(r.Data, other.Data))
}

func TestBlock(t *testing.T) {
	t.Parallel()
	want := sampleRecords()
	got, faults := readAllOf(t, blockPath, encodeBlock(t, want...))
	if len(faults) > 0 || !slices.EqualFunc(got, want, Record.same) {
		t.Errorf("read %+v, %v", got, faults)
	}
}

// Whichever byte is flipped, the fault is reported where it is, and all records except the
// damaged one are read.
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
			hit := slices.IndexFunc(at, func(r Record) bool { return i < r.Offset+r.Size })
			got, faults := readAllOf(t, blockPath, data)
			if len(faults) != 1 || faults[0].Offset != at[hit].Offset || faults[0].Size != at[hit].Size {
				t.Fatalf("byte %d of %+v from %d to %d: %v", i, at[hit], whole[i], data[i], faults)
			}
			if left := slices.Delete(slices.Clone(want), hit, hit+1); !slices.EqualFunc(got, left, Record.same) {
				t.Fatalf("byte %d from %d to %d: %+v is left", i, whole[i], data[i], got)
			}
			if faults[0].Torn != (hit == len(at)-1) {
				t.Errorf("byte %d: %+v", i, faults[0])
			}
		}
	}
}

// A truncated block can be read up to its end.
func TestTruncatedBlock(t *testing.T) {
	t.Parallel()
	whole := encodeBlock(t, sampleRecords()...)
	at, _ := readAllOf(t, blockPath, whole)
	for size := range whole {
		left := slices.IndexFunc(at, func(r Record) bool { return size < r.Offset+r.Size })
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

// A file that is not a block is not read as one.
func TestNotABlock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"1.blk.tmp", "01.blk", "x.blk", ".blk", "-1.blk", "99999999999.blk", "1.new"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(filepath.Join(dir, name), layout.IsPlausible); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	large := filepath.Join(dir, "1.blk")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxBlockSize+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(large, layout.IsPlausible); err == nil {
		t.Error("a huge file was read")
	}
	if err := os.Mkdir(filepath.Join(dir, "2.blk"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(filepath.Join(dir, "2.blk"), layout.IsPlausible); err == nil {
		t.Error("a folder was read")
	}
}

// FuzzBlock checks that any block is read to its end, in one pass.
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
			t.Error("an empty block has records")
		}
	})
}

// Data that looks like records everywhere takes no longer to read than its size warrants.
func TestBlockSearchIsBounded(t *testing.T) {
	t.Parallel()
	b := make([]byte, 4<<20)
	for i := 0; i+minRecordSize < len(b); i += minRecordSize {
		binary.LittleEndian.PutUint32(b[i:], uint32(len(b)-i)) // to the end, without a checksum
		binary.LittleEndian.PutUint64(b[i+4:], 1|removedBit)
	}
	block, err := New(blockPath, b, layout.IsPlausible)
	if err != nil {
		t.Fatal(err)
	}
	for range block.Records() {
	}
	if least := -2 * len(b); block.searchBudget < least {
		t.Errorf("read %d bytes too many", -block.searchBudget)
	}
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
		block, err := New(blockPath, data, layout.IsPlausible)
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range block.Records() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
