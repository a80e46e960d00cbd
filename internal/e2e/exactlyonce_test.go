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
	kills, fewKills = 100, 10 // few of them where it is not the soak

	// maxKillTime is for how long a bot's ssh is killed again and again, at most: on a slow
	// machine it is fewer times.
	maxKillTime = 20 * time.Second
)

// A killedBot is a program that reads along by ssh, and its ssh is killed again and again.
type killedBot struct {
	t      *testing.T
	follow []string // the command line, up to what it wants to read since
	byID   bool     // it goes by the last id that it has; else by what the server has

	killed int
	got    []map[string]any
	last   string // the id of the last line that it has
}

// run follows until it was killed often enough.
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

// readLines deals with what ssh has written, as far as the last newline.
func (b *killedBot) readLines(ear *client) {
	for _, line := range parseJSONLines(b.t, ear.out.String()) {
		b.got = append(b.got, line)
		if id, ok := line["id"].(string); ok {
			b.last = id
		}
	}
}

// check looks for lines that are missed, and returns how many came twice. Lines are
// told apart by their id; the text of the nth is "line n".
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

// Protects bots that are to do each thing exactly once, with nothing but ssh: one
// follows with the id of the last line that it has, is killed a hundred times while
// others talk, and has all that was said, and nothing twice.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	if twice := (&killedBot{t: t, byID: true}).runAmongTalkers(); twice > 0 {
		t.Errorf("the bot read %d lines twice", twice)
	}
}

// Protects the same bots where the server remembers their place: nothing is missed either, and by
// its id they see what comes twice: what was on its way when ssh was killed. How much that is
// depends on the machine; it is not all from the beginning.
func TestFollowSinceLastMissesNothing(t *testing.T) {
	t.Parallel()
	b := &killedBot{t: t}
	if twice := b.runAmongTalkers(); twice > len(b.got)/2 {
		t.Errorf("the bot read %d lines of %d twice", twice, len(b.got))
	}
}

// runAmongTalkers lives where others talk, and returns how many lines came twice.
func (b *killedBot) runAmongTalkers() (twice int) {
	h := startServer(b.t)
	b.follow = withCommand(h.sshAs("bot", withKey(newKey(b.t))...), "follow", "--json", "--since")
	first := b.startSSH() // has the server know it, before anything is said
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
