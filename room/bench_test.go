package room

import (
	"fmt"
	"sync"
	"testing"
)

// BenchmarkSay measures what a line costs with many people in the room: saying it, and waking each
// of them to take it and find it rendered. Writing it is the door's work, and isn't measured. The
// speaker waits for all listeners now and then, so that none falls off the ring.
func BenchmarkSay(b *testing.B) {
	const lot = 256 // lines between two waits
	for _, listeners := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(listeners), func(b *testing.B) {
			h, voice := New(Config{}), &plainFormat{}
			var caughtUp, readers sync.WaitGroup
			var users []*Session
			for i := range listeners {
				s, err := h.Enter(b.Context(), ClientInfo{RequestedName: fmt.Sprint("user", i)})
				if err != nil {
					b.Fatal(err)
				}
				users = append(users, s)
				readers.Go(func() { drain(s, voice, &caughtUp) })
			}
			b.ReportAllocs()
			b.ResetTimer()
			for n := range b.N {
				if n%lot == lot-1 || n == b.N-1 {
					caughtUp.Add(listeners)
					_ = users[0].Say("wait")
					caughtUp.Wait()
					continue
				}
				_ = users[0].Say("hello")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*listeners), "ns/delivery")
			b.StopTimer()
			h.Close()
			readers.Wait()
		})
	}
}

// drain reads like a door's writer, and reports each time it has to wait.
func drain(s *Session, voice Format, caughtUp *sync.WaitGroup) {
	buf := make([]Item, 0, 32)
	var out []byte
	for s.Wait() == nil {
		out = out[:0]
		for _, item := range s.Take(buf) {
			e, ok := item.(*Event)
			if !ok {
				continue // the hub says goodbye
			}
			out = append(out, e.RenderAs(voice)...)
			if e.Text == "wait" {
				caughtUp.Done()
			}
		}
	}
}

type plainFormat struct{ _ byte } // not empty: Formats are compared by address

func (*plainFormat) Render(e *Event) []byte { return []byte("[127.0.0.1:53122]" + e.Text) }

func (*plainFormat) Shared() bool { return true }
