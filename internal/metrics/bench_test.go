package metrics

import (
	"fmt"
	"testing"
	"time"

	"teahouse/internal/connlimit"
	"teahouse/room"
)

// BenchmarkObserve is what a write to a client costs more when somebody watches,
// beside a look at the clock.
func BenchmarkObserve(b *testing.B) {
	observe := New(room.NewHub(), &connlimit.Limiter{}).DoorObserver("ssh")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			observe(300*time.Microsecond, 2)
		}
	})
}

// BenchmarkScrape is what it costs to ask, with so many people here.
func BenchmarkScrape(b *testing.B) {
	for _, people := range []int{10, 1000, 4000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			h := room.NewHub()
			m := New(h, &connlimit.Limiter{})
			for range people {
				if _, err := h.Enter(room.ClientInfo{Unnamed: true, Door: "ssh"}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.registry.Gather(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
