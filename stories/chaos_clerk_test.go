//go:build linux

package stories

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// A clerk does at one node what is to hold at all of them: lets people come who have names of
// their own, bans, makes operators, and writes to who is away.
type clerk struct {
	c      *chaos
	node   int
	random *rand.Rand
	count  int
	people []*citizen
	bans   []*ban
}

// A citizen is somebody with a key who came once, and is away.
type citizen struct {
	name     string
	key      gossh.Signer
	at       *life // by which it was said that the name is its own
	since    time.Time
	operator bool
	letters  []letter
}

// A letter is what was written to a citizen, and how often it may be read.
type letter struct {
	text        string
	least, most int
	answer      string
}

// A ban is of a key.
type ban struct {
	key   string
	sure  bool // it is known whether it holds
	holds bool
	at    string
}

const (
	// clerkPause is how long a clerk rests after each act.
	clerkPause = 700 * time.Millisecond

	// answerTime is how long an answer may take that is waited for.
	answerTime = 20 * time.Second

	// settlingTime is after what time people who left are away for all nodes.
	settlingTime = 3 * time.Second
)

// An answer is what came of a command.
type answer struct {
	text string // on standard output and error
	code int    // -1 where nobody knows
}

// done reports whether the answer says that something was done, and is stored.
func (a answer) done() bool { return a.code == 0 && !strings.Contains(a.text, "not stored yet") }

// asks has somebody run a command at a node.
func (c *chaos) asks(node int, who stranger, command string) answer {
	client, err := c.doors[node].connect(who)
	if err != nil {
		return answer{err.Error(), -1}
	}
	defer client.Close()
	return answerTo(client, command)
}

// answerTo runs a command on a connection.
func answerTo(client *gossh.Client, command string) answer {
	session, err := client.NewSession()
	if err != nil {
		return answer{err.Error(), -1}
	}
	defer session.Close()
	late := time.AfterFunc(answerTime, func() { client.Close() })
	defer late.Stop()
	var out, complaint bytes.Buffer
	session.Stdout, session.Stderr = &out, &complaint
	var exit *gossh.ExitError
	switch err := session.Run(command); {
	case err == nil:
		return answer{out.String() + complaint.String(), 0}
	case errors.As(err, &exit):
		return answer{out.String() + complaint.String(), exit.ExitStatus()}
	default:
		return answer{err.Error(), -1}
	}
}

func (k *clerk) live() {
	for !k.c.isQuiet() {
		k.count++
		switch k.random.IntN(5) {
		case 0:
			k.welcomes()
		case 1:
			k.bansSomebody()
		case 2:
			k.unbans()
		case 3:
			k.promotes()
		case 4:
			k.writes()
		}
		time.Sleep(clerkPause)
	}
}

// operates has the operator do something at the clerk's node.
func (k *clerk) operates(format string, args ...any) answer {
	return k.c.asks(k.node, k.c.root, fmt.Sprintf(format, args...))
}

// welcomes lets somebody come, who then asks whose the name is.
func (k *clerk) welcomes() {
	who := &citizen{name: fmt.Sprintf("citizen-%d-%d", k.node, k.count), key: signer(k.c.t), at: k.c.node(k.node)}
	client, err := k.c.doors[k.node].connect(stranger{name: who.name, key: who.key})
	if err != nil {
		return
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return
	}
	late := time.AfterFunc(answerTime, func() { client.Close() })
	defer late.Stop()
	session.Stdin = strings.NewReader("")
	if session.Shell() != nil || session.Wait() != nil {
		return
	}
	if a := answerTo(client, "name"); a.code != 0 || !strings.Contains(a.text, who.name+" is yours") || k.c.node(k.node) != who.at {
		return
	}
	who.since = time.Now()
	k.people = append(k.people, who)
}

func (k *clerk) bansSomebody() {
	b := &ban{key: gossh.FingerprintSHA256(signer(k.c.t).PublicKey()), at: clock(time.Since(k.c.began))}
	a := k.operates("ban %s 1d chaos", b.key)
	b.sure, b.holds = a.done(), true
	k.bans = append(k.bans, b)
}

func (k *clerk) unbans() {
	if len(k.bans) == 0 {
		return
	}
	b := k.bans[k.random.IntN(len(k.bans))]
	if !b.sure || !b.holds {
		return
	}
	a := k.operates("unban %s", b.key)
	b.sure, b.holds, b.at = a.done(), false, clock(time.Since(k.c.began))
}

// someone returns a citizen who is away for all nodes, or nil.
func (k *clerk) someone() *citizen {
	if len(k.people) == 0 {
		return nil
	}
	who := k.people[k.random.IntN(len(k.people))]
	if time.Since(who.since) < settlingTime {
		return nil
	}
	return who
}

func (k *clerk) promotes() {
	if who := k.someone(); who != nil && k.operates("op %s", who.name).done() {
		who.operator = true
	}
}

// mostForOne is how many letters one citizen gets: fewer than may wait of one sender.
const mostForOne = 8

func (k *clerk) writes() {
	who := k.someone()
	if who == nil || len(who.letters) >= mostForOne {
		return
	}
	l := letter{text: fmt.Sprintf("letter-%d-%d.", k.node, k.count)}
	a := k.operates("to %s %s", who.name, l.text)
	l.answer = strings.TrimSpace(a.text)
	switch {
	case a.done() && strings.Contains(a.text, "waits"):
		l.least, l.most = 1, 1
	case a.code <= 0, strings.Contains(a.text, " may "):
		l.most = 1
	}
	who.letters = append(who.letters, l)
}
