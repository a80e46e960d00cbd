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

// renderText shows what is said, in lines.
func renderText(lines []byte, events []*room.Event) []byte {
	for _, e := range events {
		if e.Kind == room.Said {
			lines = append(append(lines, e.Text...), '\n')
		}
	}
	return lines
}

func enter(t *testing.T, house *room.Hub, name string) *room.Session {
	t.Helper()
	u, err := house.Enter(room.ClientInfo{RequestedName: name})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// sayLines lets a user say lines 0 to n-1 and returns them.
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

// A burst leaves in few writes, a long line or a thousand short ones alike,
// with nothing lost, doubled, or out of order; the reason comes last.
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
			house := room.NewHub()
			speaker, listener := enter(t, house, "speaker"), enter(t, house, "listener")
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
				t.Errorf("%d bytes came, which are not the %d that were said", got.Len(), len(want))
			}
			if writes > tc.writes {
				t.Errorf("%d writes, want %d at most", writes, tc.writes)
			}
		})
	}
}

// When the connection has failed nothing more is written to it, and whoever
// runs the writer learns why.
func TestDeliverStopsAtTheFirstError(t *testing.T) {
	house := room.NewHub()
	u := enter(t, house, "u")
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

// A door that has something of its own to write is called for it, though
// nothing happens in the room.
func TestDeliverAfterANudge(t *testing.T) {
	house := room.NewHub()
	u := enter(t, house, "u")
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
	if lines := <-writes; lines != "" { // the joining, which is not shown, and the nudge
		t.Errorf("a nudge writes %q", lines)
	}
	u.RequestRefresh()
	if lines := <-writes; lines != "" {
		t.Errorf("another nudge writes %q", lines)
	}
	u.Leave(room.Idle)
	if err := <-done; err != room.Idle {
		t.Errorf("Deliver returned %v, want %v", err, room.Idle)
	}
}

// Who watches learns of each write how much was in it and how old the talk in it
// was; of a write that failed, and of one with nothing in it, nothing.
func TestDeliverReportsToObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		house := room.NewHub()
		speaker, listener := enter(t, house, "speaker"), enter(t, house, "listener")
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
		synctest.Wait() // it is being written
		sayLines(t, speaker, 4, "")
		time.Sleep(time.Minute)
		listener.RequestRefresh()
		time.Sleep(time.Minute)
		sayLines(t, speaker, 1, "")
		if err := <-done; err != broken {
			t.Errorf("Deliver returned %v, want %v", err, broken)
		}
		listener.Leave(room.HungUp)
		// First its own joining; each thing said has a time of its own, a moment later.
		if want := []write{{0, 1}, {time.Second, 1}, {2*time.Second - 1, 4}}; !slices.Equal(seen, want) {
			t.Errorf("observed %v, want %v", seen, want)
		}
	})
}

// Between two deliveries nothing is kept alive of what was delivered, nor is a write
// told to have come before what it wrote was said, whatever the clock does.
func TestBatchKeepsNoEvents(t *testing.T) {
	h := room.NewHub()
	u, err := h.Enter(room.ClientInfo{RequestedName: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Leave(room.Quit)
	var b Batch
	shown := 0
	b.Render(u, func(lines []byte, events []*room.Event) []byte {
		shown += len(events)
		return lines
	})
	for _, e := range b.events {
		if e != nil {
			t.Errorf("it keeps %+v", e)
		}
	}
	if shown == 0 {
		t.Error("there was nothing to deliver")
	}
	ahead := BatchStats{events: 1, firstSaid: time.Now().Round(0).Add(time.Hour)}
	ahead.Report(func(lag time.Duration, _ int) {
		if lag <= 0 {
			t.Errorf("the lag is %v", lag)
		}
	})
}
