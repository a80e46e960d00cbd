package metrics

import (
	"fmt"
	"testing"
	"time"

	"teahouse/internal/connlimit"
	"teahouse/room"
)

// BenchmarkObserve measures what the observer adds to a write, besides reading the clock.
func BenchmarkObserve(b *testing.B) {
	observe := New(&connlimit.Limiter{}).DoorObserver("ssh")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			observe(300*time.Microsecond, 2)
		}
	})
}

// BenchmarkScrape measures a scrape with many users online.
func BenchmarkScrape(b *testing.B) {
	for _, people := range []int{10, 1000, 4000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			h := room.New(room.Config{})
			m := New(&connlimit.Limiter{})
			m.AddHub(h)
			for range people {
				if _, err := h.Enter(b.Context(), room.ClientInfo{Unnamed: true, Door: "ssh"}); err != nil {
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
