package transport

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/room"
)

// renderText shows messages, one to a line.
func renderText(lines []byte, items []room.Item) []byte {
	for _, item := range items {
		if e, ok := item.(*room.Event); ok && e.Kind == room.Said {
			lines = append(append(lines, e.Text...), '\n')
		}
	}
	return lines
}

func enter(t *testing.T, hub *room.Hub, name string) *room.Session {
	t.Helper()
	u, err := hub.Enter(t.Context(), room.ClientInfo{RequestedName: name})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// sayLines has a user say n lines, numbered from 0, and returns them.
func sayLines(t *testing.T, u *room.Session, n int, padding string) string {
	t.Helper()
	var all strings.Builder
	for i := range n {
		line := fmt.Sprint(i, padding)
		if err := u.Say(line); err != nil {
			t.Fatal(err)
		}
		all.WriteString(line + "\n")
	}
	return all.String()
}

// A burst is delivered in few writes, whether it is one long line or a thousand short ones, with
// nothing lost, repeated or out of order. Deliver returns the reason at the end.
func TestDeliverBatchesWrites(t *testing.T) {
	for _, tc := range []struct {
		lines  int
		length int
		writes int // at most
	}{
		{1, 10, 1},
		{1000, 10, 1},
		{1000, 1000, 1000*1000/flushSize + 1},
	} {
		t.Run(fmt.Sprint(tc.lines, " lines of ", tc.length), func(t *testing.T) {
			hub := room.New(room.Config{})
			speaker, listener := enter(t, hub, "speaker"), enter(t, hub, "listener")
			want := sayLines(t, speaker, tc.lines, strings.Repeat(".", tc.length))
			speaker.Leave(room.Quit)
			listener.Leave(room.Quit)

			var c EventWriter
			var got bytes.Buffer
			writes := 0
			err := c.Deliver(listener, renderText, func(lines []byte) error {
				if len(lines) > 0 {
					writes++
				}
				if most := 3 * flushSize; len(lines) > most {
					t.Errorf("%d bytes in one write, want %d at most", len(lines), most)
				}
				got.Write(lines)
				return nil
			})
			if err != room.Quit {
				t.Errorf("Deliver returned %v, want %v", err, room.Quit)
			}
			if got.String() != want {
				t.Errorf("the client read %d bytes, and not the %d that were said", got.Len(), len(want))
			}
			if writes > tc.writes {
				t.Errorf("%d writes, want %d at most", writes, tc.writes)
			}
		})
	}
}

// Deliver writes nothing after a failed write, and returns the error.
func TestDeliverStopsAtTheFirstError(t *testing.T) {
	hub := room.New(room.Config{})
	u := enter(t, hub, "u")
	sayLines(t, u, 1000, strings.Repeat(".", 1000))
	broken := errors.New("broken")
	writes := 0
	var c EventWriter
	err := c.Deliver(u, renderText, func(lines []byte) error {
		if len(lines) == 0 {
			return nil
		}
		writes++
		return broken
	})
	if err != broken || writes != 1 {
		t.Errorf("Deliver returned %v after %d writes, want %v after 1", err, writes, broken)
	}
	u.Leave(room.HungUp)
}

// RequestRefresh makes Deliver call write although nothing happens in the room.
func TestDeliverAfterRequestRefresh(t *testing.T) {
	hub := room.New(room.Config{})
	u := enter(t, hub, "u")
	u.RequestRefresh()
	writes := make(chan string, 10)
	done := make(chan error, 1)
	var c EventWriter
	go func() {
		done <- c.Deliver(u, renderText, func(lines []byte) error {
			writes <- string(lines)
			return nil
		})
	}()
	if lines := <-writes; lines != "" { // the join, which is not shown, and the refresh
		t.Errorf("after a RequestRefresh the client reads %q, want nothing", lines)
	}
	u.RequestRefresh()
	if lines := <-writes; lines != "" {
		t.Errorf("after another RequestRefresh the client reads %q, want nothing", lines)
	}
	u.Leave(room.Idle)
	if err := <-done; err != room.Idle {
		t.Errorf("Deliver returned %v, want %v", err, room.Idle)
	}
}

// The Observer learns how many events each write had and how old the first message was. It hears
// nothing of a failed write or an empty one.
func TestDeliverReportsToObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := room.New(room.Config{})
		speaker, listener := enter(t, hub, "speaker"), enter(t, hub, "listener")
		type write struct {
			lag    time.Duration
			events int
		}
		var seen []write
		broken := errors.New("broken")
		c := EventWriter{Observe: func(lag time.Duration, events int) { seen = append(seen, write{lag, events}) }}
		writes := 0
		done := make(chan error, 1)
		go func() {
			done <- c.Deliver(listener, renderText, func([]byte) error {
				time.Sleep(time.Second)
				if writes++; writes == 5 {
					return broken
				}
				return nil
			})
		}()
		time.Sleep(time.Minute)
		sayLines(t, speaker, 1, "")
		synctest.Wait() // the line is being written
		sayLines(t, speaker, 4, "")
		time.Sleep(time.Minute)
		listener.RequestRefresh()
		time.Sleep(time.Minute)
		sayLines(t, speaker, 1, "")
		if err := <-done; err != broken {
			t.Errorf("Deliver returned %v, want %v", err, broken)
		}
		listener.Leave(room.HungUp)
		// The first write is the listener's own join. Each message has its own time, a moment
		// later.
		if want := []write{{0, 1}, {time.Second, 1}, {2*time.Second - 1, 4}}; !slices.Equal(seen, want) {
			t.Errorf("observed %v, want %v", seen, want)
		}
	})
}

// A Batch keeps no event alive between deliveries, and reports a positive lag even if the clock
// was set back.
func TestBatchKeepsNoEvents(t *testing.T) {
	h := room.New(room.Config{})
	u, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Leave(room.Quit)
	var b Batch
	shown := 0
	b.Render(u, func(lines []byte, items []room.Item) []byte {
		shown += len(items)
		return lines
	})
	for _, e := range b.items {
		if e != nil {
			t.Errorf("the batch still holds %+v", e)
		}
	}
	if shown == 0 {
		t.Error("nothing was rendered: the test checks nothing")
	}
	ahead := BatchStats{events: 1, firstSaid: time.Now().Round(0).Add(time.Hour)}
	ahead.Report(func(lag time.Duration, _ int) {
		if lag <= 0 {
			t.Errorf("the lag is %v, want a positive one", lag)
		}
	})
}
