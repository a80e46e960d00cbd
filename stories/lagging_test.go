package stories

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// drone says some lines, each as long as may be, and reads them all itself: nobody waits
// for who does not read.
func (h *house) drone(from, to int) {
	h.t.Helper()
	var talk strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&talk, "%04d %s\n", i, filler)
	}
	if r := ask(h.t, h.ssh("speaker", "-T"), talk.String()); r.code != 0 || strings.Count(r.out, "speaker: ") != to-from {
		h.t.Errorf("exit code %d, it reads %d lines", r.code, strings.Count(r.out, "speaker: "))
	}
}

// hears is sees for who prints megabytes.
func (c *client) hears(text string) {
	c.t.Helper()
	eventually(c.t, "there is to be seen: "+text, func() bool { return strings.Contains(c.out.String(), text) })
}

// numbers returns those of the lines that drone said.
func numbers(lines []map[string]any) (numbers []string) {
	for _, text := range texts(lines, "message", "text") {
		numbers = append(numbers, text[:4])
	}
	return numbers
}

// Protects the house from a program that stops reading, and the program from thinking
// that it has read what it has not: it is cut off as slow; and with its last id, or
// from its place, it goes on after what it did read.
func TestFollowThatStopsReading(t *testing.T) {
	t.Parallel()
	h := start(t)
	robot := h.sshAs("robot", key(newKey(t))...)
	ear := launch(t, with(robot, "follow --json --since last")...)
	h.following(1)
	h.drone(0, 10)
	ear.sees(`"text":"0009 `)
	ask(t, with(h.ssh("eve"), "who")) // which takes longer than to learn that it has them
	stop(t, ear)
	h.drone(10, lines)
	h.until("follow ended", "user", "robot", "reason", "slow")
	ear.kill()

	read := jsonLines(t, ear.out.String())
	last := read[len(read)-1]["id"]
	for _, since := range []string{"last", fmt.Sprint(last)} {
		again := launch(t, with(robot, "follow --json --since "+since)...)
		again.hears(fmt.Sprintf(`"text":"%04d `, lines-1))
		if got := numbers(jsonLines(t, again.out.String())); len(got) != lines-10 || got[0] != "0010" {
			t.Errorf("since %s it reads %d lines", since, len(got))
		}
		again.kill()
	}
}

// Protects a program that stops reading only for a moment, while so much is said that
// the house does not wait: it is told how much it has missed, and gets that with its
// last id.
func TestFollowThatMisses(t *testing.T) {
	t.Parallel()
	const many = 1900 // more than the window, and what the house has at hand
	h := start(t)
	robot := h.ssh("robot")
	ear := launch(t, with(robot, "follow --json")...)
	h.following(1)
	h.drone(0, 1)
	ear.sees(`"text":"0000 `)
	stop(t, ear)
	h.drone(1, many)
	if err := ear.process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	ear.hears(`"type":"missed"`)
	ear.kill()

	var last string
	got := 0
	for _, line := range jsonLines(t, ear.out.String()) {
		if line["type"] == "missed" {
			break
		}
		if line["type"] == "message" {
			got++
		}
		last = fmt.Sprint(line["id"])
	}
	again := launch(t, with(robot, "follow --json --since "+last)...)
	again.hears(fmt.Sprintf(`"text":"%04d `, many-1))
	if rest := numbers(jsonLines(t, again.out.String())); got+len(rest) != many || rest[0] != fmt.Sprintf("%04d", got) {
		t.Errorf("it reads %d lines, then %d from %s on", got, len(rest), rest[0])
	}
}
