package blockfile

import (
	"errors"
	"strings"
	"testing"
)

// A failingDisk cannot read some parts.
type failingDisk struct {
	content string
	bad     []int64 // offsets
}

func (d *failingDisk) ReadAt(p []byte, at int64) (int, error) {
	for _, bad := range d.bad {
		if at <= bad && bad < at+int64(len(p)) {
			return copy(p, d.content[at:bad]), errors.New("input/output error")
		}
	}
	return strings.NewReader(d.content).ReadAt(p, at)
}

// If a disk cannot read part of a file, the rest is returned.
func TestReadDamagedFile(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("abcdefgh", 2000)
	data, bad, err := readDamagedFrom(&failingDisk{content, []int64{5000, 15_999}}, int64(len(content)))
	if err == nil || bad != readChunk+len(content)-3*readChunk {
		t.Errorf("%d bytes are bad, %v", bad, err)
	}
	if len(data) != len(content) || string(data[:readChunk]) != content[:readChunk] || string(data[2*readChunk:3*readChunk]) != content[2*readChunk:3*readChunk] {
		t.Error("a good part is missing")
	}
	if strings.Trim(string(data[readChunk:2*readChunk]), "\x00") != "" {
		t.Error("a bad part is included")
	}
}
