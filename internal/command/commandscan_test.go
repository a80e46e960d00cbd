package command_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// commandArgs returns arguments for each command, in a full hub.
func commandArgs() map[string][]string {
	return map[string][]string{
		"say": {"x"}, "me": {"waves"}, "msg": {"person 7", "x"}, "reply": {"x"}, "nick": {"other"}, "key": {"list"}, "enter": {"x"},
		"whois": {"nobody"}, "history": {"nobody"}, "bot": {"list"}, "search": {"nothing"}, "join": {"room-7"}, "room": {"public"},
		"invite": {"person 8"}, "ignore": {"person 9"}, "unignore": {"nobody"}, "lang": {"en"}, "theme": {"auto"}, "time": {"24"},
		"forget": {"me"}, "op": {"person 7"}, "deop": {"person 7"}, "kick": {"nobody"}, "ban": {"nobody"}, "unban": {"nobody"},
		"mute": {"nobody"}, "unmute": {"nobody"}, "audit": {"5000"},
	}
}

// Every command is of one of two kinds. Either it looks at a bounded number of things, and takes no
// more memory in a full hub than in an empty one; or it waits for its turn, and is charged.
func TestCommandsScanLittle(t *testing.T) {
	full := func(n int) (*room.Hub, *command.Runner) {
		h := room.New(room.Config{
			HistoryLimits: room.HistoryLimits{Lines: n},
			IsOperatorKey: roomtest.IsRoot,
			Policy:        room.Policy{Limits: room.Limits{AddressLines: 1e6, AddressBurst: 1e6}},
		})
		root := roomtest.Enter(t, h, roomtest.From("root", "root", "192.0.2.1"))
		st := h.Lock()
		st.Policy = room.Policy{} // root alone stays limited
		st.Unlock()
		for i := range n {
			s := roomtest.Enter(t, h, roomtest.At(fmt.Sprint("person ", i), ids.Fingerprint(fmt.Sprint("K", i))))
			if err := s.Say("something of some length"); err != nil {
				t.Fatal(err)
			}
			root.Audit("slow", "", "")
		}
		return h, root
	}
	const few, many = 50, 2000
	_, small := full(few)
	_, large := full(many)
	for _, c := range command.All() {
		name := c.Names[0]
		if c.Scans() || slices.Contains([]string{"quit", "enter"}, name) {
			continue // it waits for its turn
		}
		args := commandArgs()[name]
		for len(args) < c.MinParams {
			args = append(args, "x")
		}
		takes := func(s *command.Runner) uint64 {
			var began, ended runtime.MemStats
			runtime.ReadMemStats(&began)
			_, _ = s.Run(c, args, true)
			runtime.ReadMemStats(&ended)
			return ended.TotalAlloc - began.TotalAlloc
		}
		before, after := takes(small), takes(large)
		// Several tries, because the first may read what was said since, the race detector empties
		// pools at random (such as regexp's), and what the hub does a moment later counts, too.
		for began := time.Now(); after > before+many*8 && time.Since(began) < 10*time.Second; {
			after = min(after, takes(large))
		}
		if after > before+many*8 {
			t.Errorf("/%s %s takes %d bytes among few, %d among many, and does not wait for its turn", name, strings.Join(args, " "), before, after)
		}
	}
}
