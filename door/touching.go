package door

import (
	"io"

	"teahouse/room"
)

// Touching returns a reader of r that tells u of all that comes: half a line
// shows that somebody is there, too.
func Touching(r io.Reader, u *room.User) io.Reader { return touching{r, u} }

type touching struct {
	r io.Reader
	u *room.User
}

func (t touching) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if n > 0 {
		t.u.Touch()
	}
	return n, err
}
