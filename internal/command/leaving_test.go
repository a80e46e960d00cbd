package command_test

import (
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A command whose session has left waits for nothing any more: nobody reads its answer, and what the
// session holds is needed for others.
func TestLeavingEndsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := roomtest.NewFakeRecordStore()
		h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
		b.Slow = time.Minute
		for _, line := range []string{"/topic tea"} {
			root := roomtest.EnterRoot(t, h)
			time.AfterFunc(time.Second, func() { root.Leave(room.HungUp) })
			if d := roomtest.Took(func() { root.HandleLine(line, command.SlashSyntax) }); d != time.Second {
				t.Errorf("%s waits for %v, though its user has left after a second", line, d)
			}
		}
	})
}
