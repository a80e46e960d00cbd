package room_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Two hundred people join, take each other's names, talk and leave, all at once. Everybody reads
// the same order of events, each speaker's lines in the order in which they were said, and in the
// end nobody is left.
func TestManySessions(t *testing.T) {
	people, acts := testkit.Amount(200, 50), 30
	h := room.New(room.Config{})
	histories := make([][]uint64, people)
	var crowd sync.WaitGroup
	for i := range people {
		crowd.Go(func() {
			s, err := roomtest.EnterHub(h, room.ClientInfo{RequestedName: fmt.Sprint("user", i%50)})
			if err != nil {
				t.Error(err)
				return
			}
			var reader sync.WaitGroup
			reader.Go(func() { histories[i] = readToEnd(t, s) })
			for n := range acts {
				switch rand.IntN(5) {
				case 0:
					_, _ = s.Rename(fmt.Sprint("user", rand.IntN(people)))
				case 1:
					s.HandleLine("who", command.PipeSyntax)
				case 2:
					s.HandleLine(fmt.Sprintf("to|user%d|hi", rand.IntN(people)), command.PipeSyntax)
				default:
					if err := s.Say(fmt.Sprint(n)); err != nil {
						t.Error(err)
					}
				}
			}
			s.Leave(room.Quit)
			reader.Wait()
		})
	}
	crowd.Wait()
	if n := h.CountSessions(); n != 0 {
		t.Errorf("%d people are left", n)
	}
	// Sequence numbers are the order: each reader must have read a run of them.
	for i, seqs := range histories {
		for n := 1; n < len(seqs); n++ {
			if seqs[n] != seqs[n-1]+1 {
				t.Fatalf("reader %d read event %d after %d", i, seqs[n], seqs[n-1])
			}
		}
	}
}

// readToEnd reads until s has left. It checks the order of each speaker's lines, and returns the
// sequence numbers that it read.
func readToEnd(t *testing.T, s *command.Runner) (seqs []uint64) {
	last := map[uint64]int{}
	buf := make([]room.Item, 0, 16)
	for s.Wait() == nil {
		for _, e := range s.Take(buf) {
			if roomtest.EventOf(e).Seq == 0 {
				continue // mail
			}
			seqs = append(seqs, roomtest.EventOf(e).Seq)
			if roomtest.EventOf(e).Kind != room.Said {
				continue
			}
			var n int
			fmt.Sscan(roomtest.EventOf(e).Text, &n)
			if before, ok := last[roomtest.EventOf(e).User.SessionID]; ok && n <= before {
				t.Errorf("speaker %d: line %d came after %d", roomtest.EventOf(e).User.SessionID, n, before)
			}
			last[roomtest.EventOf(e).User.SessionID] = n
		}
	}
	return seqs
}
