package sshd

import (
	"fmt"
	"io"
	"sync"
	"testing"

	"teahouse/room"
)

// BenchmarkChat is the cost of a line with a number of users at terminals: saying it, drawing it
// above each input row, encrypting and writing it, and reading it in a client in this process.
// The speaker waits now and then until all have read, so that nobody falls off the ring.
func BenchmarkChat(b *testing.B) {
	const lot = 64
	for _, listeners := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(listeners), func(b *testing.B) {
			h := startServer(b, nil)
			var caughtUp sync.WaitGroup
			for i := range listeners {
				p := startSession(b, h.dial(b, fmt.Sprint("user", i)), true)
				p.expectLine("Welcome")
				go countMarkers(p.out, &caughtUp)
			}
			speaker, _, err := h.Hub.Exec(b.Context(), room.ClientInfo{RequestedName: "speaker"})
			if err != nil {
				b.Fatal(err)
			}
			defer speaker.Leave(room.Quit)
			b.ReportAllocs()
			b.ResetTimer()
			for n := range b.N {
				if n%lot == lot-1 || n == b.N-1 {
					caughtUp.Add(listeners)
					_ = speaker.Say("↓")
					caughtUp.Wait()
					continue
				}
				_ = speaker.Say("the quick brown fox jumps over the lazy dog, and then it does so once again")
			}
			b.ReportMetric(float64(b.N*listeners)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}

// countMarkers reads until the end, and reports each mark.
func countMarkers(r io.Reader, caughtUp *sync.WaitGroup) {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if err != nil {
			return
		}
		for _, c := range buf[:n] {
			if c == 0x93 { // last byte of the mark, and of nothing else here
				caughtUp.Done()
			}
		}
	}
}

// BenchmarkJoin is the cost of coming and going: a connection, a key exchange, a session at a
// terminal and its greeting, in the server and in a client in this process.
func BenchmarkJoin(b *testing.B) {
	h := startServer(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		client := h.dial(b, "alice")
		startSession(b, client, true).expectLine("Welcome")
		client.Close()
	}
}
