package e2e

import (
	"fmt"
	"strings"
	"testing"

	"teahouse/internal/testkit"
)

// sayLongLines says some lines of maximum length, and reads them all itself: nobody waits for a
// client that does not read.
func (cs *chatServer) sayLongLines(from, to int) {
	cs.t.Helper()
	var input strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&input, "%04d %s\n", i, fillerText)
	}
	if r := runClient(cs.t, cs.ssh("speaker", "-T"), input.String()); r.code != 0 || strings.Count(r.out, "speaker: ") != to-from {
		cs.t.Errorf("the speaker's ssh exited with code %d, and read %d of its lines", r.code, strings.Count(r.out, "speaker: "))
	}
}

// expectLong is expect for clients that print megabytes.
func (c *client) expectLong(text string) {
	c.t.Helper()
	eventually(c.t, "the client prints: "+text, func() bool { return strings.Contains(c.out.String(), text) })
}

// lineNumbers returns the numbers of the lines said by sayLongLines.
func lineNumbers(lines []map[string]any) (numbers []string) {
	for _, text := range fieldOf(lines, "message", "text") {
		numbers = append(numbers, text[:4])
	}
	return numbers
}

// Protects the server from a program that stops reading, and the program from missing lines: it is
// disconnected as slow, and with its last ID, or its remembered place, it continues after what it
// has read.
func TestStalledFollow(t *testing.T) {
	testkit.Soak(t, "it waits for a timeout of ten seconds; TestOneStuckReader does, too")
	t.Parallel()
	h := startServer(t)
	robot := h.sshAs("robot", withKey(newKey(t))...)
	ear := launch(t, withCommand(robot, "follow --json --since last")...)
	ear.expect(`"type":"gap"`) // it follows
	h.sayLongLines(0, 10)
	ear.expect(`"text":"0009 `)
	pauseClient(t, ear)
	h.sayLongLines(10, lineCount)
	h.waitLog("follow ended", "user", "robot", "reason", "slow")
	ear.kill()

	read := parseJSONLines(t, ear.out.String())
	last := read[len(read)-1]["id"]
	for _, since := range []string{"last", fmt.Sprint(last)} {
		again := launch(t, withCommand(robot, "follow --json --since "+since)...)
		again.expectLong(fmt.Sprintf(`"text":"%04d `, lineCount-1))
		got := lineNumbers(parseJSONLines(t, again.out.String()))
		if since == "last" && len(got) > 0 && got[0] < "0010" {
			got = got[max(0, len(got)-(lineCount-10)):] // it was stopped before it could confirm all that it had
		}
		if len(got) != lineCount-10 || got[0] != "0010" {
			t.Errorf("follow --since %s printed %d lines", since, len(got))
		}
		again.kill()
	}
}
