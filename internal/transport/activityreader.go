package transport

import (
	"io"

	"teahouse/room"
)

// NewActivityReader returns a reader of r that tells u of all that comes: half a line
// shows that somebody is there, too.
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
