package stories

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// orders are the commands that only operators may give.
var orders = []string{
	"kick op", "kick op go away", "ban op", "ban 0.0.0.0/8 1h", "ban SHA256:x", "ban bob", "unban bob", "bans", "mute op", "mute bob 1h", "unmute op",
	"op mallory", "deop op", "slow 60", "slow off", "lockdown on", "lockdown off", "invite", "audit", "audit 100",
	"motd all mine", "motd off", "topic all mine", "topic off",
}

// Protects everybody from those who give orders and are no operators, with a key
// or without, typed or as a command: each is refused, and nothing comes of it.
func TestOrdersOfNobody(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	op := h.operator(t, "op")
	op.types("/motd the motd\r/topic the topic\r")
	op.sees("set the topic: the topic")
	state := func() string {
		var all strings.Builder
		for _, question := range []string{"who", "bans", "audit 5000", "motd", "topic"} {
			out, err := op.does(question)
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(out)
		}
		return all.String()
	}
	bob := h.nc("bob")
	for _, s := range []stranger{{name: "mallory"}, {name: "mallory", key: signer(t)}} {
		mallory := h.seat(t, s)
		before := state()
		for i, order := range orders {
			_, err := mallory.does(order)
			var exit *gossh.ExitError
			if !errors.As(err, &exit) || exit.ExitStatus() != 1 || !strings.Contains(err.Error(), "Only operators may do that.") {
				t.Errorf("%s as a command: %v", order, err)
			}
			mallory.types("/" + order + "\r")
			eventually(t, "it is refused: /"+order, func() bool {
				return strings.Count(mallory.raw.String(), "! Only operators may do that.") == i+1
			})
		}
		if after := state(); after != before {
			t.Errorf("%q became %q", before, after)
		}
		if out, _ := mallory.does("help"); strings.Contains(out, "lockdown") {
			t.Errorf("help offers what is refused: %s", out)
		}
		mallory.types("/quit\r")
		bob.sees("[ssh]mallory:已下线")
	}
	// Over TCP they are said, as any line that is no command.
	bob.types("/kick op", "kick|op", "op|bob", "ban|op|1h")
	bob.sees("]bob:/kick op\n", "]bob:kick|op\n", "]bob:op|bob\n", "]bob:ban|op|1h\n")
	if h.logged("operator", "did", "kick") != nil {
		t.Error("somebody was kicked")
	}
}

// Protects the first operator's place: the code in the log serves once, and
// guesses at it lead nowhere.
func TestOperatorsCodeServesOnce(t *testing.T) {
	t.Parallel()
	h := start(t)
	code := strings.TrimPrefix(h.until("there is no operator; come in with a key and type the line")["line"], "/op ")
	keyless := h.lets(t, stranger{name: "keyless"})
	mallory := h.lets(t, stranger{name: "mallory", key: signer(t)})
	for _, guess := range []string{"''", "x", "AAAA-AAAA-AAAA-AAAA", strings.Repeat("A", 30_000), code[:len(code)-1], code + "A"} {
		if _, err := mallory.does("op " + guess); err == nil {
			t.Errorf("op %.40s was done", guess)
		}
	}
	if _, err := keyless.does("op " + code); err == nil || !strings.Contains(err.Error(), "That needs a key") {
		t.Errorf("without a key: %v", err)
	}
	op := h.operator(t, "op")
	if _, err := mallory.does("op " + code); err == nil {
		t.Error("the code served twice")
	}
	op.types("/bans\r")
	op.sees("Nobody is banned or muted.")
}

// Protects the house from who was banned: not the same address, with whatever
// key and at whatever door, and not the same key from elsewhere.
func TestBannedStayOut(t *testing.T) {
	t.Parallel()
	h := start(t, "--limits", "on")
	op := h.operator(t, "op")
	id := signer(t)
	there, elsewhere := from(t, "127.0.0.5"), from(t, "127.0.0.6")
	mallory := h.seat(t, stranger{name: "mallory", key: id, dialer: there})
	conn, err := there.Dial("tcp", h.addrs["classic"])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	beside := reading(t, "beside", conn)
	eventually(t, "it is in", func() bool { return strings.Contains(beside.String(), "已上线") })

	op.types("/ban 127.0.0.5 2h enough of it\r")
	op.sees("Banned: 127.0.0.5/32, until ")
	mallory.sees("You are banned from this house until ", ": enough of it")
	op.sees("mallory✓ left (banned)")
	eventually(t, "so is who came by TCP", func() bool {
		return strings.Contains(beside.String(), ": enough of it") || strings.Contains(beside.String(), "enough of it")
	})

	refused := func(s stranger) {
		t.Helper()
		b := h.lets(t, s)
		for _, command := range []string{"who", "say I am back", "to op I am back", "enter x"} {
			if out, err := b.does(command); err == nil || !strings.Contains(err.Error(), "You are banned from this house until ") && command != "enter x" {
				t.Errorf("%s: %q, %v", command, out, err)
			}
		}
		for _, pty := range []bool{true, false} {
			session := b.session()
			out := &transcript{}
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
			if err := session.Wait(); err == nil || !strings.Contains(out.String(), "You are banned from this house until ") {
				t.Errorf("with a terminal %t: %v, %q", pty, err, out)
			}
		}
	}
	refused(stranger{name: "mallory", key: id, dialer: there})
	refused(stranger{name: "somebody", key: signer(t), dialer: there})
	refused(stranger{name: "somebody", dialer: there})
	back, err := there.Dial("tcp", h.addrs["classic"])
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	told := reading(t, "back", back)
	eventually(t, "the classic door refuses", func() bool { return strings.Contains(told.String(), "enough of it") })

	h.seat(t, stranger{name: "mallory", key: id, dialer: elsewhere}).types("here I am\r")
	op.sees("mallory✓: here I am")
	op.types("/ban mallory\r")
	op.sees("Banned for good: mallory (SHA256:")
	if out, err := h.lets(t, stranger{name: "else", key: id, dialer: elsewhere}).does("who"); err == nil {
		t.Errorf("the banned key reads %q", out)
	}
	if out, err := h.lets(t, stranger{name: "dora", dialer: elsewhere}).does("who"); err != nil {
		t.Errorf("who else is there: %q, %v", out, err)
	}
	if strings.Contains(op.raw.String(), "I am back") {
		t.Error("somebody banned was read")
	}
	op.types("/unban 127.0.0.5\r/unban mallory\r")
	op.sees("Not banned any more: 127.0.0.5/32", "Not banned any more: mallory")
	h.seat(t, stranger{name: "mallory", key: id, dialer: there}).types(fmt.Sprint("here again", "\r"))
	op.sees("mallory✓: here again")
}
