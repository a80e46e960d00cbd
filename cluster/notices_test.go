package cluster

import (
	"bytes"
	"strings"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/internal/reply"
	"teahouse/room"
)

// Notices for users at other nodes that cannot be sent, or are too many, are lost, and the log
// counts them.
func TestLostNoticesAreLogged(t *testing.T) {
	t.Parallel()
	h := room.New(room.Config{})
	l := newLink(t, h)
	var logged bytes.Buffer
	l.log = log.New(&logged)
	for range noticeBuffer + 3 {
		remote{l, "n"}.Notify(7, room.NewNotice(reply.YouAreOperator))
	}
	l.logUnsentNotices()
	if !strings.Contains(logged.String(), "could not be sent count=3\n") {
		t.Errorf("the log says %q", logged.String())
	}
	logged.Reset()
	l.leave() // tries to send what waits, without a connection
	if !strings.Contains(logged.String(), "could not be sent count=4096\n") {
		t.Errorf("the log says %q", logged.String())
	}
}
