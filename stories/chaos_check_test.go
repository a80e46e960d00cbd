//go:build linux

package stories

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// A history is the lines that a node has, in its order.
type history struct {
	ids      []lineID
	has      map[lineID]bool
	wrong    []string // what is twice, or not in the order in which it was said
	unstored int      // how many have the mark that they are not stored yet
}

// history asks a node for what it has. It returns nil where that does not answer.
func (c *chaos) history(node int) *history {
	a := c.asks(node, c.root, "history --json 1000000")
	if a.code != 0 {
		return nil
	}
	return readHistory(a.text)
}

// readHistory reads what history --json prints.
func readHistory(text string) *history {
	h := &history{has: map[lineID]bool{}}
	last := map[int]int{}
	for line := range strings.Lines(text) {
		var said struct {
			Text   string
			Stored *bool
		}
		if json.Unmarshal([]byte(line), &said) != nil || !strings.HasPrefix(said.Text, "Q") {
			continue
		}
		id, n, ok := numbered(said.Text[1:])
		if !ok {
			continue
		}
		at := lineID{id, n}
		before, heard := last[id]
		switch {
		case h.has[at]:
			h.wrong = append(h.wrong, fmt.Sprintf("%v is there twice", at))
		case heard && n < before:
			h.wrong = append(h.wrong, fmt.Sprintf("%v comes after %v", at, lineID{id, before}))
		}
		last[id], h.has[at] = n, true
		h.ids = append(h.ids, at)
		if said.Stored != nil && !*said.Stored {
			h.unstored++
		}
	}
	return h
}

// The story would find what it looks for.
func TestChaosIsNoticed(t *testing.T) {
	var text strings.Builder
	for _, id := range []lineID{{0, 0}, {1, 0}, {0, 2}, {1, 1}, {0, 1}, {1, 0}} {
		fmt.Fprintf(&text, "{\"text\":\"%v\"}\n", id)
	}
	text.WriteString(`{"text":"Q1/2","stored":false}`)
	h := readHistory(text.String())
	if want := []string{"Q0/1 comes after Q0/2", "Q1/0 is there twice"}; !slices.Equal(h.wrong, want) || h.unstored != 1 {
		t.Errorf("noticed is %q, and that %d are not stored; want %q and 1", h.wrong, h.unstored, want)
	}
	c := &chaos{ledger: &ledger{}}
	gone, lives := &life{client: &client{ended: make(chan struct{}), code: -1}, part: &part{}}, &life{client: &client{ended: make(chan struct{})}, part: &part{}}
	close(gone.ended)
	talk := c.ledger.begins("ada", gone)
	for n, by := range [][]*life{{gone}, {gone, lives}, {gone}, nil} {
		c.ledger.says(talk)
		for _, at := range by {
			c.ledger.shows(at, talk, n)
		}
	}
	c.ledger.stores(talk, 2)
	missing := c.missing([]*history{readHistory(""), readHistory(`{"text":"Q0/3"}`)})
	for i, want := range [][]lineID{{{0, 1}, {0, 2}, {0, 3}}, {{0, 1}, {0, 2}}} {
		if slices.SortFunc(missing[i], lineID.compare); !slices.Equal(missing[i], want) {
			t.Errorf("missing at node %d is %v, want %v", i, missing[i], want)
		}
	}
}

// histories asks all nodes.
func (c *chaos) histories() []*history {
	var all []*history
	for i := range c.doors {
		all = append(all, c.history(i))
	}
	return all
}

// settles waits until all nodes have all that was acknowledged, and the same, and have it
// stored; then looks whether something is there that should not be.
func (c *chaos) settles() {
	c.t.Helper()
	began := time.Now()
	all := c.histories()
	for !c.isSettled(all) && time.Since(began) < quietTime {
		time.Sleep(lookAgain)
		c.tend()
		all = c.histories()
	}
	if c.isSettled(all) {
		c.note("all nodes have all that was acknowledged")
	} else {
		c.t.Errorf("%v after nothing went wrong any more, not all is well", quietTime)
	}
	c.report("", all)
	for _, what := range c.ledger.wrong {
		c.t.Error(what)
	}
}

func (c *chaos) isSettled(all []*history) bool {
	for _, h := range all {
		if h == nil || h.unstored > 0 || len(h.has) != len(all[0].has) {
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

// missing returns, for each node, what it has not: of what was acknowledged, and of what any
// node has.
func (c *chaos) missing(all []*history) [][]lineID {
	due, _ := c.ledger.all()
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
			if h == nil || !h.has[id] {
				missing[i] = append(missing[i], id)
			}
		}
	}
	return missing
}

// lookAgain is after how long it is looked again whether all is well.
const lookAgain = 500 * time.Millisecond

// mostTold is how many of many mistakes are told.
const mostTold = 20

// report tells of all that is not as it should be.
func (c *chaos) report(when string, all []*history) {
	c.t.Helper()
	where := map[lineID][]string{}
	for i, missing := range c.missing(all) {
		if all[i] == nil {
			c.t.Errorf("%s%s does not answer", when, c.teahouses[i].name)
			continue
		}
		for _, id := range missing {
			where[id] = append(where[id], c.teahouses[i].name)
		}
		for _, what := range all[i].wrong[:min(len(all[i].wrong), mostTold)] {
			c.t.Errorf("%sat %s, %s", when, c.teahouses[i].name, what)
		}
		if all[i].unstored > 0 {
			c.t.Errorf("%s%s says of %d lines that they are not stored", when, c.teahouses[i].name, all[i].unstored)
		}
	}
	if len(where) == 0 {
		return
	}
	c.t.Errorf("%s%d lines are missing", when, len(where))
	for _, id := range slices.SortedFunc(maps.Keys(where), lineID.compare)[:min(len(where), mostTold)] {
		c.t.Errorf("%smissing at %s: %s", when, strings.Join(where[id], ", "), c.ledger.describe(id))
	}
}

// compares looks at what all nodes have after a restart: the same as before, in one order.
func (c *chaos) compares(before []*history) {
	c.t.Helper()
	all := c.histories()
	c.report("after a restart, ", all)
	for i, h := range all {
		if h == nil || before[i] == nil {
			continue
		}
		if len(h.has) != len(before[i].has) {
			c.t.Errorf("%s has %d lines after a restart, and had %d", c.teahouses[i].name, len(h.has), len(before[i].has))
		}
		if all[0] != nil && !slices.Equal(h.ids, all[0].ids) {
			c.t.Errorf("%s has the lines in another order than %s", c.teahouses[i].name, c.teahouses[0].name)
		}
	}
}

// checkDeeds looks whether what was decided holds at all nodes.
func (c *chaos) checkDeeds() {
	c.t.Helper()
	var first string
	for i := range c.doors {
		list := c.asks(i, c.root, "bans").text
		if i == 0 {
			first = list
		} else if list != first {
			c.t.Errorf("%s has other bans than %s", c.teahouses[i].name, c.teahouses[0].name)
		}
		for _, k := range c.clerks {
			for _, b := range k.bans {
				if b.sure && strings.Contains(list, b.key) != b.holds {
					c.t.Errorf("at %s the ban of %s holds: %t, decided at node %d, %s", c.teahouses[i].name, b.key, !b.holds, k.node, b.at)
				}
			}
		}
		c.checkPeople(i)
	}
	for _, k := range c.clerks {
		for _, who := range k.people {
			c.checkLetters(k, who)
		}
	}
}

// checkPeople looks whether a node knows whose names are whose, and who is an operator.
func (c *chaos) checkPeople(node int) {
	c.t.Helper()
	for _, k := range c.clerks {
		for _, who := range k.people {
			as := stranger{name: who.name, key: who.key}
			if a := c.asks(node, as, "name"); !who.at.killed() && !strings.Contains(a.text, who.name+" is yours") {
				c.t.Errorf("at %s the name %s is not its owner's: %q", c.teahouses[node].name, who.name, a.text)
			}
			if who.operator && c.asks(node, as, "audit 1").code != 0 {
				c.t.Errorf("at %s %s is no operator, made so at node %d", c.teahouses[node].name, who.name, k.node)
			}
		}
	}
}

// checkLetters has a citizen read its letters.
func (c *chaos) checkLetters(k *clerk, who *citizen) {
	c.t.Helper()
	if len(who.letters) == 0 {
		return
	}
	client, err := c.doors[k.node].connect(stranger{name: who.name, key: who.key})
	if err != nil {
		c.t.Errorf("%s cannot read its letters: %v", who.name, err)
		return
	}
	defer client.Close()
	stdin, stdout := (&bare{c.t, client}).terminal()
	seen := &transcript{}
	go func() { _, _ = io.Copy(seen, stdout) }() // until the client is closed
	eventually(c.t, who.name+" is in", func() bool { return strings.Contains(seen.String(), "Welcome") })
	_, _ = fmt.Fprint(stdin, "/topic\r")
	eventually(c.t, who.name+" has read all", func() bool { return strings.Contains(seen.String(), "topic") })
	text := unstyled(seen.String())
	for _, l := range who.letters {
		if n := strings.Count(text, l.text); n < l.least || n > l.most {
			c.t.Errorf("%s reads %s %d times, and not %d to %d times; who wrote it read %q", who.name, l.text, n, l.least, l.most, l.answer)
		}
	}
}

// checkLogs looks for what no teahouse may write.
func (c *chaos) checkLogs() {
	c.t.Helper()
	for _, p := range c.teahouses {
		for _, l := range p.lives {
			(&house{client: l.client}).checkLog()
		}
	}
}

// deeds tells how many there were.
func (c *chaos) deeds() string {
	var bans, unbans, unsure, people, operators, letters, maybe int
	for _, k := range c.clerks {
		for _, b := range k.bans {
			switch {
			case !b.sure:
				unsure++
			case b.holds:
				bans++
			default:
				unbans++
			}
		}
		people += len(k.people)
		for _, who := range k.people {
			if who.operator {
				operators++
			}
			for _, l := range who.letters {
				letters += l.least
				maybe += l.most - l.least
			}
		}
	}
	return fmt.Sprintf("decided: %d bans, %d of them lifted, %d of which nobody could be sure; %d names, %d operators; %d letters to who was away, and %d that may have arrived",
		bans+unbans+unsure, unbans, unsure, people, operators, letters, maybe)
}
