package journal

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"teahouse/room"
)

// Many want to be forgotten, again and again, while others speak: the store is read once
// for all of them, and not much more often than once a rest; what is said is kept meanwhile.
func TestForgettingIsBounded(t *testing.T) {
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	f := &faulty{JetStream: s.engine.js, first: func(ctx context.Context, s jetstream.Stream, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
		return s.CreateConsumer(ctx, c)
	}}
	s.engine.js = f
	began := time.Now()
	bob := s.enter(t, "bob", bobKey)
	var people []*room.User
	for i := range 20 {
		u := s.enter(t, fmt.Sprint("u", i), fmt.Sprint("SHA256:u", i))
		say(t, u, "regrettable")
		people = append(people, u)
	}
	const times = 3
	for range times {
		for _, u := range people {
			if _, err := u.Do([]string{"forget", "me"}); err != nil {
				t.Fatal(err)
			}
		}
		say(t, bob, "harmless")
	}
	eventually(t, "it is kept", func() bool { return s.Status().Kept == uint64(1+20+20+times*21) })
	eventually(t, "all is erased", func() bool {
		lines := 0
		s.indexes.with(room.Lobby, func(x *index) { lines = x.lines })
		return lines == times
	})
	passes := 2 + int(time.Since(began)/eraseRest)
	s.end(t)
	if f.asked > 2*passes { // a pass reads two streams
		t.Errorf("streams were read %d times, in %d passes at most", f.asked, passes)
	}
}
