package journal

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// Many users ask to be forgotten, again and again, while others speak: one pass over the store
// serves all of them, with pauses between passes, and messages are stored meanwhile.
func TestForgettingIsBounded(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	var reads atomic.Int64 // each read of a stream creates a consumer, which the server reports
	for _, stream := range []string{layout.RoomStream, layout.PrivateMessageStream} {
		if _, err := s.store.Conn.Subscribe(server.JSAdvisoryConsumerCreatedPre+"."+stream+".*", func(*nats.Msg) { reads.Add(1) }); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	bob := s.join(t, "bob", bobKey)
	var people []*room.Session
	for i := range 20 {
		u := s.join(t, fmt.Sprint("u", i), fmt.Sprint("SHA256:u", i))
		say(t, u, "regrettable")
		people = append(people, u)
	}
	const times = 3
	for range times {
		var asked sync.WaitGroup
		for _, u := range people { // each of them is answered once that is stored
			asked.Go(func() {
				if _, err := command.NewRunner(u).RunCommand([]string{"forget", "me", "yes"}); err != nil {
					t.Error(err)
				}
			})
		}
		asked.Wait()
		say(t, bob, "harmless")
	}
	testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == uint64(1+20+20+times*21) })
	testkit.Eventually(t, "all is erased", func() bool {
		lines := 0
		s.history.indexes.with(room.Lobby, func(x *index) { lines = x.lines })
		return lines == times
	})
	passes := 2 + int(time.Since(began)/minErasePause)
	if err := s.store.Conn.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := reads.Load(); n == 0 || n > int64(2*passes) { // a pass reads two streams
		t.Errorf("streams were read %d times, in %d passes at most", n, passes)
	}
}

// Everything up to the request is forgotten, even at the same instant, and nothing after it:
// neither messages nor a private message.
func TestForgettingHasAnEnd(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{Dir: t.TempDir(), HistoryLimits: wideLimits})
	asked := time.Now().Add(-time.Minute).UTC()
	for text, at := range map[string]time.Time{"before": asked.Add(-1), "then": asked, "after": asked.Add(1)} {
		storeLine(t, s.Journal, string(room.Lobby), text, at)
		if err := s.SaveOffline(t.Context(), &room.Event{Kind: room.PrivateMessage, Time: at, User: &room.UserInfo{Name: "alice", Person: aliceKey}, To: &room.UserInfo{Name: "bob", Person: bobKey}, Text: text}, anyNumber); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.eraser.eraseBefore(testContext(t), map[ids.Account]*layout.StoredEvent{aliceKey: {By: "x", Seq: 1, Time: asked, Kind: "forgot", Key: aliceKey}}); err != nil {
		t.Fatal(err)
	}
	kept, err := s.Export(t.Context(), aliceKey)
	if got := fmt.Sprint(textsOf(kept)); err != nil || got != "[after after]" {
		t.Errorf("left behind: %s, %v", got, err)
	}
}
