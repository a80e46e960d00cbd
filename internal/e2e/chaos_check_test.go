//go:build linux

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// A nodeHistory is the lines that a node has, in the node's order.
type nodeHistory struct {
	ids      []lineID
	set      map[lineID]bool
	errors   []string // lines that are there twice or out of order
	unstored int      // how many are marked as not stored yet
}

// history returns the history of a node, or nil if the node does not answer.
func (c *chaos) history(node int) *nodeHistory {
	a := c.exec(node, c.root, "history --json 1000000")
	if a.code != 0 {
		return nil
	}
	return readHistory(a.text)
}

// readHistory parses the output of history --json.
func readHistory(text string) *nodeHistory {
	h := &nodeHistory{set: map[lineID]bool{}}
	last := map[int]int{}
	for line := range strings.Lines(text) {
		var said struct {
			Text   string
			Stored *bool
		}
		if json.Unmarshal([]byte(line), &said) != nil || !strings.HasPrefix(said.Text, "Q") {
			continue
		}
		id, n, ok := parseNumbered(said.Text[1:])
		if !ok {
			continue
		}
		at := lineID{id, n}
		before, heard := last[id]
		switch {
		case h.set[at]:
			h.errors = append(h.errors, fmt.Sprintf("%v is there twice", at))
		case heard && n < before:
			h.errors = append(h.errors, fmt.Sprintf("%v comes after %v", at, lineID{id, before}))
		}
		last[id], h.set[at] = n, true
		h.ids = append(h.ids, at)
		if said.Stored != nil && !*said.Stored {
			h.unstored++
		}
	}
	return h
}

// The chaos test detects errors.
func TestChaosChecksFindErrors(t *testing.T) {
	var text strings.Builder
	for _, id := range []lineID{{0, 0}, {1, 0}, {0, 2}, {1, 1}, {0, 1}, {1, 0}} {
		fmt.Fprintf(&text, "{\"text\":\"%v\"}\n", id)
	}
	text.WriteString(`{"text":"Q1/2","stored":false}`)
	h := readHistory(text.String())
	if want := []string{"Q0/1 comes after Q0/2", "Q1/0 is there twice"}; !slices.Equal(h.errors, want) || h.unstored != 1 {
		t.Errorf("noticed %q, and %d lines not stored; want %q and 1", h.errors, h.unstored, want)
	}
	c := &chaos{ledger: &ledger{}}
	gone, lives := &processRun{client: &client{ended: make(chan struct{}), code: -1}, owner: &process{}}, &processRun{client: &client{ended: make(chan struct{})}, owner: &process{}}
	close(gone.ended)
	speech := c.ledger.begin("ada", gone)
	for n, by := range [][]*processRun{{gone}, {gone, lives}, {gone}, nil} {
		c.ledger.addLine(speech)
		for _, at := range by {
			c.ledger.markShown(at, speech, n)
		}
	}
	c.ledger.markStored(speech, 2)
	missing := c.missing([]*nodeHistory{readHistory(""), readHistory(`{"text":"Q0/3"}`)})
	for i, want := range [][]lineID{{{0, 1}, {0, 2}, {0, 3}}, {{0, 1}, {0, 2}}} {
		if slices.SortFunc(missing[i], lineID.compare); !slices.Equal(missing[i], want) {
			t.Errorf("missing at node %d is %v, want %v", i, missing[i], want)
		}
	}
}

// histories returns the histories of all nodes.
func (c *chaos) histories() []*nodeHistory {
	var all []*nodeHistory
	for i := range c.doors {
		all = append(all, c.history(i))
	}
	return all
}

// waitSettled waits until all nodes have stored everything that was acknowledged, and have the
// same; then it checks that nothing else is there.
func (c *chaos) waitSettled() {
	c.t.Helper()
	began := time.Now()
	all := c.histories()
	for !c.isSettled(all) && time.Since(began) < settleTimeout {
		time.Sleep(recheckInterval)
		c.keepRunning()
		all = c.histories()
	}
	if c.isSettled(all) {
		c.note("all nodes have all that was acknowledged")
	} else {
		c.t.Errorf("%v after the last fault ended, not all is well", settleTimeout)
	}
	c.report("", all)
	for _, what := range c.ledger.errors {
		c.t.Error(what)
	}
}

func (c *chaos) isSettled(all []*nodeHistory) bool {
	for _, h := range all {
		if h == nil || h.unstored > 0 || len(h.set) != len(all[0].set) {
			return false
		}
	}
	for _, missing := range c.missing(all) {
		if len(missing) > 0 {
			return false
		}
	}
	return true
}

// missing returns, for each node, which lines it lacks of those that were acknowledged or that any
// node has.
func (c *chaos) missing(all []*nodeHistory) [][]lineID {
	due, _ := c.ledger.acknowledgedLines()
	want := map[lineID]bool{}
	for _, id := range due {
		want[id] = true
	}
	for _, h := range all {
		if h != nil {
			for _, id := range h.ids {
				want[id] = true
			}
		}
	}
	missing := make([][]lineID, len(all))
	for i, h := range all {
		for id := range want {
			if h == nil || !h.set[id] {
				missing[i] = append(missing[i], id)
			}
		}
	}
	return missing
}

// recheckInterval is the time between two checks of whether all is well.
const recheckInterval = 500 * time.Millisecond

// maxReported limits the number of errors reported.
const maxReported = 20

// report reports all errors.
func (c *chaos) report(when string, all []*nodeHistory) {
	c.t.Helper()
	where := map[lineID][]string{}
	for i, missing := range c.missing(all) {
		if all[i] == nil {
			c.t.Errorf("%snode %s does not answer", when, c.nodeProcs[i].name)
			continue
		}
		for _, id := range missing {
			where[id] = append(where[id], c.nodeProcs[i].name)
		}
		for _, what := range all[i].errors[:min(len(all[i].errors), maxReported)] {
			c.t.Errorf("%sat %s, %s", when, c.nodeProcs[i].name, what)
		}
		if all[i].unstored > 0 {
			c.t.Errorf("%s%s marks %d lines as not stored", when, c.nodeProcs[i].name, all[i].unstored)
		}
	}
	if len(where) == 0 {
		return
	}
	c.t.Errorf("%s%d lines are missing", when, len(where))
	for _, id := range slices.SortedFunc(maps.Keys(where), lineID.compare)[:min(len(where), maxReported)] {
		c.t.Errorf("%smissing at %s: %s", when, strings.Join(where[id], ", "), c.ledger.describe(id))
	}
}

// checkSameAfterRestart checks that after a restart all nodes have the same lines as before, in the
// same order.
func (c *chaos) checkSameAfterRestart(before []*nodeHistory) {
	c.t.Helper()
	all := c.histories()
	c.report("after a restart, ", all)
	for i, h := range all {
		if h == nil || before[i] == nil {
			continue
		}
		if len(h.set) != len(before[i].set) {
			c.t.Errorf("%s has %d lines after a restart, and had %d", c.nodeProcs[i].name, len(h.set), len(before[i].set))
		}
		if all[0] != nil && !slices.Equal(h.ids, all[0].ids) {
			c.t.Errorf("%s has the lines in another order than %s", c.nodeProcs[i].name, c.nodeProcs[0].name)
		}
	}
}

// checkDecisions checks that operators' decisions hold at all nodes.
func (c *chaos) checkDecisions() {
	c.t.Helper()
	var first string
	for i := range c.doors {
		list := c.exec(i, c.root, "bans").text
		if i == 0 {
			first = list
		} else if list != first {
			c.t.Errorf("%s has other bans than %s", c.nodeProcs[i].name, c.nodeProcs[0].name)
		}
		for _, k := range c.operators {
			for _, b := range k.bans {
				if b.known && strings.Contains(list, b.key) != b.holds {
					c.t.Errorf("at %s the ban of %s holds: %t, decided at node %d, %s", c.nodeProcs[i].name, b.key, !b.holds, k.node, b.decidedAt)
				}
			}
		}
		c.checkPeople(i)
	}
	for _, k := range c.operators {
		for _, who := range k.accounts {
			c.checkPrivateMessages(k, who)
		}
	}
}

// checkPeople checks that a node knows the owners of names, and the operators.
func (c *chaos) checkPeople(node int) {
	c.t.Helper()
	for _, k := range c.operators {
		for _, who := range k.accounts {
			as := sshOptions{name: who.name, key: who.key}
			if a := c.exec(node, as, "name"); !who.owningRun.killed() && !strings.Contains(a.text, who.name+testkit.EnglishPart(reply.OwnedLine, 1)) {
				c.t.Errorf("at %s its owner lacks the name %s: %q", c.nodeProcs[node].name, who.name, a.text)
			}
			if who.operator && c.exec(node, as, "audit 1").code != 0 {
				c.t.Errorf("at %s %s is not an operator, but was made one at node %d", c.nodeProcs[node].name, who.name, k.node)
			}
		}
	}
}

// checkPrivateMessages checks what an account reads of its private messages.
func (c *chaos) checkPrivateMessages(k *operatorBot, who *account) {
	c.t.Helper()
	if len(who.messages) == 0 {
		return
	}
	client, err := c.doors[k.node].connectSSH(sshOptions{name: who.name, key: who.key})
	if err != nil {
		c.t.Errorf("%s cannot read the private messages: %v", who.name, err)
		return
	}
	defer client.Close()
	stdin, stdout := (&sshClient{c.t, client}).terminal()
	seen := &testkit.Recorder{}
	go func() { _, _ = io.Copy(seen, stdout) }() // until the client is closed
	eventually(c.t, who.name+" reads the welcome", func() bool { return strings.Contains(seen.String(), testkit.EnglishPart("sshd-welcome-line", 0)) })
	_, _ = fmt.Fprint(stdin, "/topic\r")
	eventually(c.t, who.name+" has read everything", func() bool { return strings.Contains(seen.String(), testkit.English(reply.NoTopic)) })
	text := stripStyles(seen.String())
	for _, l := range who.messages {
		if n := strings.Count(text, l.text); n < l.minReads || n > l.maxReads {
			c.t.Errorf("%s reads %s %d times, want %d to %d times; its sender read %q", who.name, l.text, n, l.minReads, l.maxReads, l.answer)
		}
	}
}

// checkLogs checks the logs for messages that must not appear.
func (c *chaos) checkLogs() {
	c.t.Helper()
	for _, p := range c.nodeProcs {
		for _, l := range p.runs {
			(&chatServer{client: l.client}).checkLog()
		}
	}
}

// A decisionCount is the number of decisions of each kind.
type decisionCount struct {
	bans, unbans, unsure, accounts, operators int
	messages, uncertain                       int // acknowledged, and possibly received
}

func (c *chaos) countDecisions() (n decisionCount) {
	for _, k := range c.operators {
		for _, b := range k.bans {
			switch {
			case !b.known:
				n.unsure++
			case b.holds:
				n.bans++
			default:
				n.unbans++
			}
		}
		n.accounts += len(k.accounts)
		for _, who := range k.accounts {
			if who.operator {
				n.operators++
			}
			for _, l := range who.messages {
				n.messages += l.minReads
				n.uncertain += l.maxReads - l.minReads
			}
		}
	}
	return n
}

func (n decisionCount) String() string {
	return fmt.Sprintf("decided: %d bans, %d of them lifted, %d of which nobody could be sure; %d names, %d operators; %d private messages to people who were away, and %d that may have arrived",
		n.bans+n.unbans+n.unsure, n.unbans, n.unsure, n.accounts, n.operators, n.messages, n.uncertain)
}

// checkDecided fails if there was nothing to check: then an answer was reworded, or nothing works.
func (c *chaos) checkDecided() {
	c.t.Helper()
	if c.lasts < chaosTime {
		return // too short for some of each
	}
	if n := c.countDecisions(); n.bans+n.unbans == 0 || n.accounts == 0 || n.operators == 0 || n.messages == 0 {
		c.t.Errorf("some kinds of decisions never happened: %v", n)
	}
}
