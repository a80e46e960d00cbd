package room

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"teahouse/internal/testkit"
)

// Two hundred people come, take each other's names, talk and go, all at once.
// Everybody reads what happened in one and the same order, each speaker's lines
// in theirs, and nobody is left in the end.
func TestCrowd(t *testing.T) {
	people, acts := testkit.Amount(200, 50), 30
	h := NewHouse()
	histories := make([][]uint64, people)
	var crowd sync.WaitGroup
	for i := range people {
		crowd.Go(func() {
			u, err := h.Enter(Visitor{Name: fmt.Sprint("user", i%50)})
			if err != nil {
				t.Error(err)
				return
			}
			var reader sync.WaitGroup
			reader.Go(func() { histories[i] = follow(t, u) })
			for n := range acts {
				switch rand.IntN(5) {
				case 0:
					_, _ = u.Rename(fmt.Sprint("user", rand.IntN(people)))
				case 1:
					u.Line("who", Piped)
				case 2:
					u.Line(fmt.Sprintf("to|user%d|hi", rand.IntN(people)), Piped)
				default:
					if err := u.Say(fmt.Sprint(n)); err != nil {
						t.Error(err)
					}
				}
			}
			u.Leave(Quit)
			reader.Wait()
		})
	}
	crowd.Wait()
	if n := h.Online(); n != 0 {
		t.Errorf("%d people are left", n)
	}
	// Sequence numbers are the order: what each one read must be a run of them.
	for i, seqs := range histories {
		for n := 1; n < len(seqs); n++ {
			if seqs[n] != seqs[n-1]+1 {
				t.Fatalf("reader %d read event %d after %d", i, seqs[n], seqs[n-1])
			}
		}
	}
}

// follow reads until u has left. It checks that each speaker's lines come in
// their order, and returns the sequence numbers of what it read.
func follow(t *testing.T, u *User) (seqs []uint64) {
	last := map[uint64]int{}
	buf := make([]*Event, 0, 16)
	for u.Wait() == nil {
		for _, e := range u.Take(buf) {
			if e.Seq == 0 {
				continue // mail
			}
			seqs = append(seqs, e.Seq)
			if e.Kind != Said {
				continue
			}
			var n int
			fmt.Sscan(e.Text, &n)
			if before, ok := last[e.Who.ID]; ok && n <= before {
				t.Errorf("speaker %d said %d after %d", e.Who.ID, n, before)
			}
			last[e.Who.ID] = n
		}
	}
	return seqs
}
