package room

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shout is a voice that counts. It makes each event so many bytes.
type shout struct {
	say    string
	alone  bool
	count  int
	length int
}

func (v *shout) Shared() bool { return !v.alone }

func (v *shout) Render(e *Event) []byte {
	v.count++
	return append(make([]byte, 0, max(v.length, len(v.say))), v.say+e.Text...)
}

// talk returns what a room has of lines that were said there.
func talk(t *testing.T, h *House, lines ...string) []*Event {
	t.Helper()
	u := enter(t, h, Visitor{Name: "speaker"})
	for _, line := range lines {
		if err := u.Say(line); err != nil {
			t.Fatal(err)
		}
	}
	return u.Take(make([]*Event, 0, len(lines)+1))[1:]
}

// Each voice renders an event once, whoever asks, unless it is one reader's alone.
func TestEventIsRenderedOnceForEachVoice(t *testing.T) {
	h := NewHouse()
	e := talk(t, h, "hi")[0]
	loud, quiet, alone := &shout{say: "HI "}, &shout{say: "h "}, &shout{say: "a ", alone: true}
	for range 3 {
		if got := string(e.As(loud)) + string(e.As(quiet)) + string(e.As(alone)); got != "HI hih hia hi" {
			t.Errorf("rendered %q", got)
		}
	}
	if loud.count != 1 || quiet.count != 1 || alone.count != 3 {
		t.Errorf("rendered %d, %d and %d times", loud.count, quiet.count, alone.count)
	}
	if want := keptBytes([]*Event{e}); want < 2*renderedSize || h.renderings.bytes != want {
		t.Errorf("%d bytes are counted, want %d", h.renderings.bytes, want)
	}
	letter := &Event{Kind: Told, Text: "hi"}
	letter.As(loud)
	if letter.As(loud); loud.count != 3 {
		t.Error("what is told to one is kept for others")
	}
}

// A house keeps so many bytes of renderings and no more, however many rooms and voices
// there are; the oldest go first. Who holds one keeps it as it is, and who comes later
// renders for itself, which takes nobody's place.
func TestRenderingsAreBounded(t *testing.T) {
	h := NewHouse()
	lines := make([]string, 40)
	for i := range lines {
		lines[i] = fmt.Sprint("line ", i)
	}
	events := talk(t, h, lines...)
	const size = 100 << 10 // and there are more voices than fit
	var held [][]byte
	for _, e := range events {
		for range 8 {
			held = append(held, e.As(&shout{say: e.Text, length: size}))
			if kept := keptBytes(events); h.renderings.bytes != kept || kept > renderedBytes {
				t.Fatalf("%d bytes are counted of %d that are kept", h.renderings.bytes, kept)
			}
		}
	}
	if h.renderings.bytes < renderedBytes-9*size {
		t.Errorf("only %d bytes are kept", h.renderings.bytes)
	}
	for i, b := range held {
		if want := strings.Repeat(events[i/8].Text, 2); string(b) != want {
			t.Fatalf("%q became %q", want, b)
		}
	}
	before, late := h.renderings.bytes, &shout{say: "late "}
	for range 3 {
		if got := events[0].As(late); !bytes.Equal(got, []byte("late line 0")) || h.renderings.bytes != before {
			t.Errorf("%q, and %d bytes are kept instead of %d", got, h.renderings.bytes, before)
		}
	}
	if late.count != 3 {
		t.Errorf("rendered %d times", late.count)
	}
}

func (rs *renderings) size() (events, bytes int) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return len(rs.events), rs.bytes
}

// Whatever is dropped meanwhile, each of many readers at once has what its voice renders.
func TestRenderingsAtOnce(t *testing.T) {
	h := NewHouse()
	lines := make([]string, 100)
	for i := range lines {
		lines[i] = fmt.Sprint("line ", i)
	}
	events := talk(t, h, lines...)
	voices := []*steady{{"a "}, {"b "}, {"c "}}
	var readers sync.WaitGroup
	for i := range 12 {
		readers.Go(func() {
			v := voices[i%len(voices)]
			for _, e := range events {
				if got := string(e.As(v)); got != v.say+e.Text {
					t.Errorf("%q", got)
				}
			}
		})
	}
	readers.Wait()
	if kept := keptBytes(events); h.renderings.bytes != kept {
		t.Errorf("%d bytes are counted of %d that are kept", h.renderings.bytes, kept)
	}
}

// steady is a voice of which several hundred renderings do not fit.
type steady struct{ say string }

func (*steady) Shared() bool { return true }

func (v *steady) Render(e *Event) []byte { return append(make([]byte, 0, 200<<10), v.say+e.Text...) }

// What is kept of an event keeps the event, too, whose text may be longer than what a voice
// makes of it, and which may have left the ring.
func TestRenderingsHoldFewEvents(t *testing.T) {
	h, v := NewHouse(), &shout{}
	who, long := &Who{Name: "speaker"}, strings.Repeat("x", MaxText)
	for range 2 * renderedBytes / MaxText {
		e := &Event{Kind: Said, Text: long, Who: who}
		h.lobbyLocked().announce(e)
		h.renderings.keep(e, v, nil)
	}
	n, _ := h.renderings.size()
	if n < renderedBytes/2/MaxText || n > renderedBytes/MaxText {
		t.Errorf("%d events of %d bytes are kept", n, MaxText)
	}
}

// keptBytes is what is counted for events.
func keptBytes(events []*Event) (n int) {
	for _, e := range events {
		if e.renderings.Load() != nil {
			n += e.size() + eventSize
		}
		for r := e.renderings.Load(); r != nil; r = r.next {
			n += cap(r.bytes) + renderedSize
		}
	}
	return n
}

// In a house that falls silent nothing is kept of what all have read.
func TestRenderingsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, v := NewHouse(), &shout{say: "> "}
		first := talk(t, h, "one", "two")
		for _, e := range first {
			e.As(v)
		}
		time.Sleep(renderedFor / 2)
		synctest.Wait()
		third := &Event{Kind: Said, Text: "three", Who: first[0].Who}
		h.lobbyLocked().announce(third)
		third.As(v)
		for i, want := range []int{3, 1, 0} {
			if n, _ := h.renderings.size(); n != want {
				t.Errorf("%d: %d events are kept, want %d", i, n, want)
			}
			time.Sleep(renderedFor / 2)
			synctest.Wait()
		}
		if _, bytes := h.renderings.size(); bytes != 0 {
			t.Errorf("%d bytes are left", bytes)
		}
		if third.As(v); v.count != 4 {
			t.Errorf("rendered %d times", v.count)
		}
	})
}

// What is read at once is bounded in bytes, too: pages of what was said, mail, and what
// a room's newcomer sees.
func TestPagesAreBounded(t *testing.T) {
	h := NewHouse()
	h.Memory = Memory{Lines: 1000}
	speaker, reader := enter(t, h, Visitor{Name: "speaker"}), enter(t, h, Visitor{Name: "reader"})
	long := strings.Repeat("x", MaxText)
	for range 100 {
		if err := speaker.Say(long); err != nil {
			t.Fatal(err)
		}
	}
	for range mailboxSize / 2 {
		reader.Line("/history 100", Slashed)
		if _, err := speaker.Tell("reader", long); err != nil {
			t.Fatal(err)
		}
	}
	buf := make([]*Event, 0, 256)
	for read := reader.Take(buf); len(read) > 0; read = reader.Take(buf) {
		bytes := 0
		for _, e := range read {
			if n := e.weight(); n > 2*pageBytes {
				t.Fatalf("an event of %d bytes", n)
			}
			bytes += e.weight()
		}
		if most := 2*takeBytes + 2*pageBytes; bytes > most {
			t.Fatalf("%d bytes are taken at once", bytes)
		}
	}
	newcomer := enter(t, h, Visitor{Name: "newcomer"})
	if a, err := newcomer.Arrive(40); err != nil || len(a.Past) == 0 || len(a.Past) > 1+pageBytes/MaxText {
		t.Errorf("%d lines are shown, %v", len(a.Past), err)
	}
}
