//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// An operatorBot does things at one node that must hold at all of them: it admits people who own
// names, bans, makes operators, and sends messages to offline people.
type operatorBot struct {
	c        *chaos
	node     int
	random   *rand.Rand
	count    int
	accounts []*account
	bans     []*ban
}

// An account is somebody with a key who entered once and left.
type account struct {
	name      string
	key       gossh.Signer
	owningRun *processRun // at which it was said to own its name
	since     time.Time
	operator  bool
	messages  []privateMessage
}

// A privateMessage is a message to an account, and how often it may be read.
type privateMessage struct {
	text               string
	minReads, maxReads int
	answer             string
}

// A ban is of a key.
type ban struct {
	key       string
	known     bool // whether it holds is known
	holds     bool
	decidedAt string
}

const (
	// actInterval is the pause of an operatorBot between two acts.
	actInterval = 700 * time.Millisecond

	// commandTimeout limits the wait for an answer.
	commandTimeout = 20 * time.Second

	// awayAfter is the time after which all nodes know that somebody has left.
	awayAfter = 3 * time.Second
)

// A commandResult is the result of a command.
type commandResult struct {
	text string // on standard output and error
	code int    // -1 if unknown
}

// succeeded reports whether the answer says that something was done and stored.
func (a commandResult) succeeded() bool {
	return a.code == 0 && !strings.Contains(a.text, testkit.English(reply.NotStoredYet)) && !strings.Contains(a.text, testkit.English(reply.NeverStored))
}

// says reports whether the answer contains the words of a sentence after its first value, a name.
func (a commandResult) says(code reply.Code) bool {
	return strings.Contains(a.text, testkit.EnglishPart(code, 1))
}

// exec runs a command at a node.
func (c *chaos) exec(node int, who sshOptions, command string) commandResult {
	client, err := c.doors[node].connectSSH(who)
	if err != nil {
		return commandResult{err.Error(), -1}
	}
	defer client.Close()
	return execOn(client, command)
}

// execOn runs a command on a connection.
func execOn(client *gossh.Client, command string) commandResult {
	session, err := client.NewSession()
	if err != nil {
		return commandResult{err.Error(), -1}
	}
	defer session.Close()
	late := time.AfterFunc(commandTimeout, func() { client.Close() })
	defer late.Stop()
	var out, complaint bytes.Buffer
	session.Stdout, session.Stderr = &out, &complaint
	var exit *gossh.ExitError
	switch err := session.Run(command); {
	case err == nil:
		return commandResult{out.String() + complaint.String(), 0}
	case errors.As(err, &exit):
		return commandResult{out.String() + complaint.String(), exit.ExitStatus()}
	default:
		return commandResult{err.Error(), -1}
	}
}

func (o *operatorBot) run() {
	for !o.c.isQuiet() {
		o.count++
		switch o.random.IntN(5) {
		case 0:
			o.admitUser()
		case 1:
			o.banSomebody()
		case 2:
			o.unbanSomebody()
		case 3:
			o.grantOperator()
		case 4:
			o.sendPrivateMessage()
		}
		time.Sleep(actInterval)
	}
}

// exec runs a command of the operator at the bot's node.
func (o *operatorBot) exec(format string, args ...any) commandResult {
	return o.c.exec(o.node, o.c.root, fmt.Sprintf(format, args...))
}

// admitUser connects a new account, which then asks who owns its name.
func (o *operatorBot) admitUser() {
	who := &account{name: fmt.Sprintf("citizen-%d-%d", o.node, o.count), key: testkit.NewSigner(o.c.t), owningRun: o.c.node(o.node)}
	client, err := o.c.doors[o.node].connectSSH(sshOptions{name: who.name, key: who.key})
	if err != nil {
		return
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return
	}
	late := time.AfterFunc(commandTimeout, func() { client.Close() })
	defer late.Stop()
	session.Stdin = strings.NewReader("")
	if session.Shell() != nil || session.Wait() != nil {
		return
	}
	if a := execOn(client, "name"); a.code != 0 || !strings.Contains(a.text, who.name+testkit.EnglishPart(reply.OwnedLine, 1)) || o.c.node(o.node) != who.owningRun {
		return
	}
	who.since = time.Now()
	o.accounts = append(o.accounts, who)
}

func (o *operatorBot) banSomebody() {
	b := &ban{key: gossh.FingerprintSHA256(testkit.NewSigner(o.c.t).PublicKey()), decidedAt: formatElapsed(time.Since(o.c.began))}
	a := o.exec("ban %s 1d chaos", b.key)
	b.known, b.holds = a.succeeded(), true
	o.bans = append(o.bans, b)
}

func (o *operatorBot) unbanSomebody() {
	if len(o.bans) == 0 {
		return
	}
	b := o.bans[o.random.IntN(len(o.bans))]
	if !b.known || !b.holds {
		return
	}
	a := o.exec("unban %s", b.key)
	b.known, b.holds, b.decidedAt = a.succeeded(), false, formatElapsed(time.Since(o.c.began))
}

// awayAccount returns an account that all nodes know to be offline, or nil.
func (o *operatorBot) awayAccount() *account {
	if len(o.accounts) == 0 {
		return nil
	}
	who := o.accounts[o.random.IntN(len(o.accounts))]
	if time.Since(who.since) < awayAfter {
		return nil
	}
	return who
}

func (o *operatorBot) grantOperator() {
	if who := o.awayAccount(); who != nil && o.exec("op %s", who.name).succeeded() {
		who.operator = true
	}
}

// maxMessagesPerAccount is how many private messages one account gets: fewer than may wait from one
// sender.
const maxMessagesPerAccount = 8

func (o *operatorBot) sendPrivateMessage() {
	who := o.awayAccount()
	if who == nil || len(who.messages) >= maxMessagesPerAccount {
		return
	}
	l := privateMessage{text: fmt.Sprintf("pm-%d-%d.", o.node, o.count)}
	a := o.exec("to %s %s", who.name, l.text)
	l.answer = strings.TrimSpace(a.text)
	switch {
	case a.code == 0 && a.says(reply.MessageSaved):
		l.minReads, l.maxReads = 1, 1
	case a.code == 0:
		o.c.t.Errorf("a private message to %s, who is offline, was neither saved nor refused: %q", who.name, l.answer)
	case a.code < 0, a.says(reply.MessageMaybeSaved), a.says(reply.PeerUnreachable):
		l.maxReads = 1
	}
	who.messages = append(who.messages, l)
}
