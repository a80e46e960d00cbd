package testkit

import "io"

// A ChunkReader reads Data in pieces, as a network may deliver it. Sizes holds the length of each
// piece less one, and is used over and over; if it is empty, everything comes at once.
type ChunkReader struct {
	Data, Sizes []byte

	n int
}

func (r *ChunkReader) Read(p []byte) (int, error) {
	if len(r.Data) == 0 {
		return 0, io.EOF
	}
	size := len(r.Data)
	if len(r.Sizes) > 0 {
		size = min(size, 1+int(r.Sizes[r.n%len(r.Sizes)]))
		r.n++
	}
	n := copy(p, r.Data[:size])
	r.Data = r.Data[n:]
	return n, nil
}
