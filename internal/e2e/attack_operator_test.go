package e2e

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// operatorCommands are the commands that only operators may use.
var operatorCommands = []string{
	"kick op", "kick op go away", "ban op", "ban 0.0.0.0/8 1h", "ban SHA256:x", "ban bob", "unban bob", "bans", "mute op", "mute bob 1h", "unmute op",
	"op mallory", "deop op", "slow 60", "slow off", "lockdown on", "lockdown off", "invite", "audit", "audit 100",
	"motd all mine", "motd off", "topic all mine", "topic off",
}

// Protects everybody from operators' commands by people who are not operators, with or without a
// key, typed or by ssh: each is refused, and has no effect.
func TestOperatorCommandsAreRefused(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	op := h.makeOperator(t, "op")
	op.send("/motd the motd\r/topic the topic\r")
	op.expect(testkit.EnglishPart(reply.TopicSet, 1) + "the topic")
	state := func() string {
		var all strings.Builder
		for _, question := range []string{"who", "bans", "audit 5000", "motd", "topic"} {
			out, err := op.exec(question)
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(out)
		}
		return all.String()
	}
	if out, err := op.exec("help operators"); err != nil || !strings.Contains(out, testkit.English("help-lockdown")) {
		t.Fatalf("help doesn't list an operator's commands: %s, %v", out, err)
	}
	bob := h.nc("bob")
	for _, s := range []sshOptions{{name: "mallory"}, {name: "mallory", key: testkit.NewSigner(t)}} {
		mallory := h.openTerminal(t, s)
		before := state()
		for i, order := range operatorCommands {
			_, err := mallory.exec(order)
			var exit *gossh.ExitError
			if !errors.As(err, &exit) || exit.ExitStatus() != 1 || !strings.Contains(err.Error(), testkit.English(reply.OperatorsOnly)) {
				t.Errorf("ssh host %s by somebody who is not an operator: %v", order, err)
			}
			mallory.send("/" + order + "\r")
			eventually(t, "a terminal refuses /"+order, func() bool {
				return strings.Count(mallory.raw.String(), "! "+testkit.English(reply.OperatorsOnly)) == i+1
			})
		}
		if after := state(); after != before {
			t.Errorf("what he may not change is now %[2]q, and was %[1]q", before, after)
		}
		if out, err := mallory.exec("help operators"); err != nil || strings.Contains(out, testkit.English("help-lockdown")) {
			t.Errorf("help lists a command that is refused: %s, %v", out, err)
		}
		mallory.send("/quit\r")
		bob.expect("[ssh]mallory:已下线")
	}
	// Over TCP they are ordinary lines.
	bob.sendLines("/kick op", "kick|op", "op|bob", "ban|op|1h")
	bob.expect("]bob:/kick op\n", "]bob:kick|op\n", "]bob:op|bob\n", "]bob:ban|op|1h\n")
	if h.findLog("operator", "did", "kick") != nil {
		t.Error("somebody who is not an operator kicked a user")
	}
}

// Protects the first operator's rights: the code in the log works once, and guessing it does not.
func TestOperatorCodeWorksOnce(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	code := strings.TrimPrefix(h.waitLog("there is no operator; connect with a key and type this line")["line"], "/op ")
	keyless := h.mustConnect(t, sshOptions{name: "keyless"})
	mallory := h.mustConnect(t, sshOptions{name: "mallory", key: testkit.NewSigner(t)})
	for _, guess := range []string{"''", "x", "AAAA-AAAA-AAAA-AAAA", strings.Repeat("A", 30_000), code[:len(code)-1], code + "A"} {
		if _, err := mallory.exec("op " + guess); err == nil {
			t.Errorf("a guessed code made somebody an operator: %.40s", guess)
		}
	}
	if _, err := keyless.exec("op " + code); err == nil || !strings.Contains(err.Error(), testkit.EnglishPart(reply.NeedKey, 0)) {
		t.Errorf("op by somebody without a key: %v", err)
	}
	op := h.makeOperator(t, "op")
	if _, err := mallory.exec("op " + code); err == nil {
		t.Error("a used code made somebody else an operator")
	}
	op.send("/bans\r")
	op.expect(testkit.English(reply.NoBans))
}

// Protects the server from banned users: neither the address gets in, with any key and at any door,
// nor the key from elsewhere.
func TestBannedStayOut(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on")
	op := h.makeOperator(t, "op")
	id := testkit.NewSigner(t)
	there, elsewhere := dialerFrom(t, "127.0.0.5"), dialerFrom(t, "127.0.0.6")
	mallory := h.openTerminal(t, sshOptions{name: "mallory", key: id, dialer: there})
	conn, err := there.Dial("tcp", h.addrs["classic"])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	beside := readAll(t, "beside", conn)
	eventually(t, "the TCP client reads that it has joined", func() bool { return strings.Contains(beside.String(), "已上线") })

	op.send("/ban 127.0.0.5 2h enough of it\r")
	op.expect(testkit.English(reply.BannedNowUntil, "127.0.0.5/32", ""))
	mallory.expect(testkit.EnglishPart(reply.BannedUntil, 0), ": enough of it")
	op.expect("mallory✓ left (banned)")
	eventually(t, "the TCP client at the banned address reads why", func() bool {
		return strings.Contains(beside.String(), ": enough of it") || strings.Contains(beside.String(), "enough of it")
	})

	refused := func(s sshOptions) {
		t.Helper()
		b := h.mustConnect(t, s)
		for _, command := range []string{"who", "say I am back", "to op I am back", "enter x"} {
			if out, err := b.exec(command); err == nil || !strings.Contains(err.Error(), testkit.EnglishPart(reply.BannedUntil, 0)) && command != "enter x" {
				t.Errorf("banned, ssh host %s: %q, %v", command, out, err)
			}
		}
		for _, pty := range []bool{true, false} {
			session := b.session()
			out := &testkit.Recorder{}
			session.Stdout, session.Stderr = out, out
			if pty {
				if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
					t.Fatal(err)
				}
			}
			session.Stdin = strings.NewReader("I am back\r\n")
			if err := session.Shell(); err != nil {
				t.Fatal(err)
			}
			if err := session.Wait(); err == nil || !strings.Contains(out.String(), testkit.EnglishPart(reply.BannedUntil, 0)) {
				t.Errorf("banned, with a terminal %t: %v, %q", pty, err, out)
			}
		}
	}
	refused(sshOptions{name: "mallory", key: id, dialer: there})
	refused(sshOptions{name: "somebody", key: testkit.NewSigner(t), dialer: there})
	refused(sshOptions{name: "somebody", dialer: there})
	back, err := there.Dial("tcp", h.addrs["classic"])
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	told := readAll(t, "back", back)
	eventually(t, "nc from the banned address reads why it is refused", func() bool { return strings.Contains(told.String(), "enough of it") })

	h.openTerminal(t, sshOptions{name: "mallory", key: id, dialer: elsewhere}).send("here I am\r")
	op.expect("mallory✓: here I am")
	op.send("/ban mallory\r")
	op.expect(testkit.English(reply.BannedNow, "mallory (SHA256:"))
	if out, err := h.mustConnect(t, sshOptions{name: "else", key: id, dialer: elsewhere}).exec("who"); err == nil {
		t.Errorf("the banned key reads %q, want the reason", out)
	}
	if out, err := h.mustConnect(t, sshOptions{name: "dora", dialer: elsewhere}).exec("who"); err != nil {
		t.Errorf("somebody else's who answers %q, %v", out, err)
	}
	if strings.Contains(op.raw.String(), "I am back") {
		t.Error("others read what somebody banned said")
	}
	op.send("/unban 127.0.0.5\r/unban mallory\r")
	op.expect(testkit.English(reply.BannedNoMore, "127.0.0.5/32"), testkit.English(reply.BannedNoMore, "mallory"))
	h.openTerminal(t, sshOptions{name: "mallory", key: id, dialer: there}).send(fmt.Sprint("here again", "\r"))
	op.expect("mallory✓: here again")
}
