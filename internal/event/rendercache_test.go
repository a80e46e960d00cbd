package event

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/text"
)

// A countingFormat is a Format that counts its calls. It renders each event as so many bytes.
type countingFormat struct {
	say    string
	alone  bool
	count  int
	length int
}

func (v *countingFormat) Shared() bool { return !v.alone }

func (v *countingFormat) Render(e *Event) []byte {
	v.count++
	return append(make([]byte, 0, max(v.length, len(v.say))), v.say+e.Text...)
}

// talk returns lines that were said, whose renderings are kept in a cache.
func talk(c *RenderCache, lines ...string) (said []*Event) {
	for i, line := range lines {
		e := &Event{Seq: uint64(i + 1), Time: time.Now(), Kind: Said, User: &UserInfo{Name: "speaker"}, Text: line}
		e.CacheIn(c)
		said = append(said, e)
	}
	return said
}

// Each Format renders an event once, whoever asks, unless it has only one reader.
func TestEventIsRenderedOncePerFormat(t *testing.T) {
	var cache RenderCache
	e := talk(&cache, "hi")[0]
	loud, quiet, alone := &countingFormat{say: "HI "}, &countingFormat{say: "h "}, &countingFormat{say: "a ", alone: true}
	for range 3 {
		if got := string(e.RenderAs(loud)) + string(e.RenderAs(quiet)) + string(e.RenderAs(alone)); got != "HI hih hia hi" {
			t.Errorf("rendered %q", got)
		}
	}
	if loud.count != 1 || quiet.count != 1 || alone.count != 3 {
		t.Errorf("rendered %d, %d and %d times", loud.count, quiet.count, alone.count)
	}
	if want := keptBytes([]*Event{e}); want < 2*renderingOverhead || cache.bytes != want {
		t.Errorf("%d bytes are counted, want %d", cache.bytes, want)
	}
	message := &Event{Kind: PrivateMessage, Text: "hi"}
	message.RenderAs(loud)
	if message.RenderAs(loud); loud.count != 3 {
		t.Error("a notice for one user is cached for others")
	}
}

// A hub keeps a bounded number of bytes of renderings, however many rooms and Formats there are;
// the oldest are dropped first. A dropped rendering stays valid for its holders, and later readers
// render for themselves without using the cache.
func TestRenderingsAreBounded(t *testing.T) {
	var cache RenderCache
	lines := make([]string, 40)
	for i := range lines {
		lines[i] = fmt.Sprint("line ", i)
	}
	events := talk(&cache, lines...)
	const size = 100 << 10 // and there are more Formats than fit
	var held [][]byte
	for _, e := range events {
		for range 8 {
			held = append(held, e.RenderAs(&countingFormat{say: e.Text, length: size}))
			if kept := keptBytes(events); cache.bytes != kept || kept > renderCacheBytes {
				t.Fatalf("%d bytes are counted of %d that are kept", cache.bytes, kept)
			}
		}
	}
	if cache.bytes < renderCacheBytes-9*size {
		t.Errorf("only %d bytes are cached", cache.bytes)
	}
	for i, b := range held {
		if want := strings.Repeat(events[i/8].Text, 2); string(b) != want {
			t.Fatalf("%q became %q", want, b)
		}
	}
	before, late := cache.bytes, &countingFormat{say: "late "}
	for range 3 {
		if got := events[0].RenderAs(late); !bytes.Equal(got, []byte("late line 0")) || cache.bytes != before {
			t.Errorf("%q, and %d bytes are cached instead of %d", got, cache.bytes, before)
		}
	}
	if late.count != 3 {
		t.Errorf("rendered %d times", late.count)
	}
}

func (c *RenderCache) size() (events, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.events), c.bytes
}

// Whatever is dropped meanwhile, each of many concurrent readers gets what its Format renders.
func TestRenderingsAtOnce(t *testing.T) {
	var cache RenderCache
	lines := make([]string, 100)
	for i := range lines {
		lines[i] = fmt.Sprint("line ", i)
	}
	events := talk(&cache, lines...)
	voices := []*unsharedFormat{{"a "}, {"b "}, {"c "}}
	var readers sync.WaitGroup
	for i := range 12 {
		readers.Go(func() {
			v := voices[i%len(voices)]
			for _, e := range events {
				if got := string(e.RenderAs(v)); got != v.say+e.Text {
					t.Errorf("%q", got)
				}
			}
		})
	}
	readers.Wait()
	if kept := keptBytes(events); cache.bytes != kept {
		t.Errorf("%d bytes are counted of %d that are kept", cache.bytes, kept)
	}
}

// An unsharedFormat is a Format of which several hundred renderings do not fit.
type unsharedFormat struct{ say string }

func (*unsharedFormat) Shared() bool { return true }

func (v *unsharedFormat) Render(e *Event) []byte {
	return append(make([]byte, 0, 200<<10), v.say+e.Text...)
}

// A cached rendering keeps its event in memory, whose text may be longer than the rendering and
// which may have left the ring.
func TestRenderingsHoldFewEvents(t *testing.T) {
	var cache RenderCache
	v := &countingFormat{}
	who, long := &UserInfo{Name: "speaker"}, strings.Repeat("x", text.MaxBytes)
	for range 2 * renderCacheBytes / text.MaxBytes {
		e := &Event{Kind: Said, Text: long, User: who}
		e.CacheIn(&cache)
		cache.add(e, v, nil)
	}
	n, _ := cache.size()
	if n < renderCacheBytes/2/text.MaxBytes || n > renderCacheBytes/text.MaxBytes {
		t.Errorf("%d events of %d bytes are kept in memory", n, text.MaxBytes)
	}
}

// keptBytes is what is counted for events.
func keptBytes(events []*Event) (n int) {
	for _, e := range events {
		if e.renderings.Load() != nil {
			n += e.TextSize() + eventOverhead
		}
		for r := e.renderings.Load(); r != nil; r = r.next {
			n += cap(r.bytes) + renderingOverhead
		}
	}
	return n
}

// In a hub that falls silent, the cache becomes empty.
func TestCacheEmptiesInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cache RenderCache
		v := &countingFormat{say: "> "}
		first := talk(&cache, "one", "two")
		for _, e := range first {
			e.RenderAs(v)
		}
		time.Sleep(renderCacheTime / 2)
		synctest.Wait()
		third := &Event{Kind: Said, Text: "three", User: first[0].User}
		third.CacheIn(&cache)
		third.RenderAs(v)
		for i, want := range []int{3, 1, 0} {
			if n, _ := cache.size(); n != want {
				t.Errorf("%d: %d events are kept, want %d", i, n, want)
			}
			time.Sleep(renderCacheTime / 2)
			synctest.Wait()
		}
		if _, bytes := cache.size(); bytes != 0 {
			t.Errorf("%d bytes are left", bytes)
		}
		if third.RenderAs(v); v.count != 4 {
			t.Errorf("rendered %d times", v.count)
		}
	})
}
