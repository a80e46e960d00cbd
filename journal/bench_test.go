package journal

import (
	"fmt"
	"testing"
	"time"

	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// The cost of an event at full speed, from saying it to its acknowledgement.
func BenchmarkStore(b *testing.B) {
	for _, sync := range []bool{false, true} {
		b.Run(fmt.Sprintf("sync=%v", sync), func(b *testing.B) {
			s := openServer(b, Config{Dir: b.TempDir(), HistoryLimits: wideLimits, Sync: sync})
			alice := s.join(b, "alice", aliceKey)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				say(b, alice, "a line of talk as people write it, neither long nor short")
				for i%1024 == 0 && s.Status().Stored+8192 < uint64(i) {
					time.Sleep(100 * time.Microsecond) // otherwise the ring overruns
				}
			}
			testkit.Eventually(b, "all is kept", func() bool { return s.Status().Stored == uint64(b.N+1) })
			b.StopTimer()
			if lost := s.Status().Lost; lost > 0 {
				b.Errorf("%d lost", lost)
			}
		})
	}
}

// The cost of starting with 100,000 lines, stored in messages of one line, as in a quiet room,
// and of many.
func BenchmarkRestore100k(b *testing.B) {
	const lines = 100_000
	for _, each := range []int{1, maxTake} {
		b.Run(fmt.Sprintf("lines=%d", each), func(b *testing.B) {
			s := openServer(b, Config{Dir: b.TempDir(), HistoryLimits: wideLimits})
			start := time.Now().Add(-time.Hour)
			for i := 0; i < lines; {
				var batch batch
				for range each {
					i++
					r := layout.StoredEvent{By: s.identity, Seq: uint64(i), Time: start.Add(time.Duration(i) * time.Millisecond).UTC(), Kind: "said",
						Name: "alice", Key: aliceKey, Text: "a line of talk as people write it, neither long nor short"}
					batch.add(&r)
				}
				if _, err := s.store.Publish(testContext(b), layout.RoomSubject(room.Lobby), batch.id, batch.data.Bytes()); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			for range b.N {
				said, _, err := s.history.load(testContext(b))
				if err != nil || len(said[room.Lobby]) != lines-lines%each && len(said[room.Lobby]) < lines {
					b.Fatalf("%d lines, %v", len(said[room.Lobby]), err)
				}
			}
		})
	}
}
