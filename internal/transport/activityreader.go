package transport

import (
	"io"

	"teahouse/room"
)

// NewActivityReader returns a reader of r that calls u.Touch for every read that brings bytes:
// half a line is already a sign of activity. It is used by one goroutine.
func NewActivityReader(r io.Reader, u *room.Session) io.Reader { return activityReader{r, u} }

type activityReader struct {
	r       io.Reader
	session *room.Session
}

func (a activityReader) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if n > 0 {
		a.session.Touch()
	}
	return n, err
}
