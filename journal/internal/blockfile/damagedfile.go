package blockfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// readChunk is the least that is skipped where a disk cannot read part of a file.
const readChunk = 4096

// ReadDamagedFile reads a file, with zeros for the parts that the disk cannot read. If there are
// any, it returns both the data and an error about them.
func ReadDamagedFile(path string) ([]byte, error) {
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
	data, bad, err := readDamagedFrom(f, info.Size())
	if err != nil {
		err = fmt.Errorf("%s: %d bytes cannot be read from the disk: %w", path, bad, err)
	}
	return data, err
}

// readDamagedFrom also returns how many bytes could not be read, and the first error.
func readDamagedFrom(r io.ReaderAt, size int64) (data []byte, bad int, first error) {
	data = make([]byte, size)
	for at := int64(0); at < size; at += readChunk {
		piece := data[at:min(at+readChunk, size)]
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
