package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"teahouse/internal/testkit"
)

const (
	kills, fewKills = 100, 10 // few outside the soak

	// maxKillTime limits the time for which a bot's ssh is killed again and again: on a slow machine
	// it is killed fewer times.
	maxKillTime = 20 * time.Second
)

// A killedBot is a program that follows by ssh, and whose ssh is killed again and again.
type killedBot struct {
	t      *testing.T
	follow []string // the command line, up to the value of --since
	byID   bool     // it passes its last ID; otherwise the server remembers its place

	killed int
	got    []map[string]any
	last   string // the ID of its last line
}

// run follows until ssh was killed often enough.
func (b *killedBot) run() {
	most := testkit.Amount(kills, fewKills)
	for began := time.Now(); b.killed < most && time.Since(began) < maxKillTime; b.killed++ {
		ear := b.startSSH()
		time.Sleep(time.Duration(rand.IntN(200)) * time.Millisecond)
		ear.kill()
		b.readLines(ear)
	}
}

// startSSH starts ssh.
func (b *killedBot) startSSH() *client {
	since := "last"
	if b.byID && b.last != "" {
		since = b.last
	}
	return launch(b.t, withCommand(b.follow, since)...)
}

// readLines processes the output of ssh, up to the last newline.
func (b *killedBot) readLines(ear *client) {
	for _, line := range parseJSONLines(b.t, ear.out.String()) {
		b.got = append(b.got, line)
		if id, ok := line["id"].(string); ok {
			b.last = id
		}
	}
}

// check checks that no line is missing, and returns how many came twice. IDs identify lines; the
// text of the nth is "line n".
func (b *killedBot) check(said int) (twice int) {
	ids, next := map[string]bool{}, 1
	for _, line := range b.got {
		id := fmt.Sprint(line["id"])
		switch {
		case line["type"] != "message":
			continue
		case ids[id]:
			twice++
			continue
		case line["text"] != fmt.Sprint("line ", next):
			b.t.Fatalf("the bot reads %q in place of line %d", line["text"], next)
		}
		ids[id] = true
		next++
	}
	if next != said+1 {
		b.t.Errorf("the bot read %d lines of %d", next-1, said)
	}
	return twice
}

// Protects bots that must do each thing exactly once, with nothing but ssh: one follows from the ID
// of its last line, is killed a hundred times while others talk, and reads everything, and nothing
// twice.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	if twice := (&killedBot{t: t, byID: true}).runAmongTalkers(); twice > 0 {
		t.Errorf("the bot read %d lines twice", twice)
	}
}

// Protects the same bots if the server remembers their place: they miss nothing either, and
// recognize repeated lines by ID: those that were in transit when ssh was killed. How many depends
// on the machine, but not everything is repeated.
func TestFollowSinceLastMissesNothing(t *testing.T) {
	t.Parallel()
	b := &killedBot{t: t}
	if twice := b.runAmongTalkers(); twice > len(b.got)/2 {
		t.Errorf("the bot read %d lines of %d twice", twice, len(b.got))
	}
}

// runAmongTalkers runs the bot while others talk, and returns how many lines came twice.
func (b *killedBot) runAmongTalkers() (twice int) {
	h := startServer(b.t)
	b.follow = withCommand(h.sshAs("bot", withKey(newKey(b.t))...), "follow", "--json", "--since")
	first := b.startSSH() // makes it known to the server before anything is said
	h.waitFollowers(1)
	first.kill()
	talk := h.startTalker(b.t)
	b.run()
	ear := b.startSSH()
	eventually(b.t, "follow prints lines again", func() bool { return strings.Contains(ear.out.String(), `"line `) })
	said := talk.stop()
	ear.expect(fmt.Sprintf(`"line %d"`, said))
	ear.kill()
	b.readLines(ear)
	twice = b.check(said)
	b.t.Logf("killed %d times; %d lines, %d of them twice", b.killed, said, twice)
	return twice
}
