package sshd

import (
	"net/netip"
	"testing"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/text/language"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/render"
	"teahouse/internal/style"
	"teahouse/internal/terminal"
	"teahouse/internal/testkit"
	"teahouse/internal/transport"
	"teahouse/room"
)

// newDelivery returns a function that says a line, and the terminals of two people who read it, with
// clients that take everything at once.
func newDelivery(t testing.TB) (say func(), terminals [2]*terminalSession) {
	t.Helper()
	h := room.New(room.Config{})
	enter := func(name string) *room.Session {
		u, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: name, Terminal: true})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	server := &Server{Hub: h, watchdog: newWriteWatchdog()}
	formats := render.NewCache(i18n.New().Printer)
	speaker := enter("alice")
	for i, name := range []string{"bob", "carol"} {
		u := enter(name)
		conn := &guardedConn{}
		conn.outbound.init()
		c := &terminalSession{
			session: &session{server: server, conn: conn, entered: u}, output: sentAtOnce{backlog: &conn.outbound},
			term: terminal.New(terminal.Config{Prompt: name + "> "}), runner: command.NewRunner(u), self: u.UserInfo(),
		}
		c.format.Store(formats.Acquire(render.Options{
			Language: language.English, End: "\r\n", Syntax: command.SlashSyntax, Clock: "24", Style: style.Style{Depth: style.Ansi256, Width: 80},
		}, netip.Prefix{}))
		c.term.Open(nil, nil)
		terminals[i] = c
	}
	return func() {
		if err := speaker.Say("the quick brown fox jumps over the lazy dog, and then it does so once again"); err != nil {
			t.Fatal(err)
		}
	}, terminals
}

// A sentAtOnce channel sends each write in one packet.
type sentAtOnce struct {
	gossh.Channel
	backlog *outboundBacklog
}

func (c sentAtOnce) Write(p []byte) (int, error) {
	c.backlog.packetSent(len(p))
	return len(p), nil
}

// Every further reader of a line adds no allocation, from finding the line to handing it to the SSH
// library.
func TestDeliveryAllocatesNothing(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	say, readers := newDelivery(t)
	var batch transport.Batch
	both := testing.AllocsPerRun(200, func() {
		say()
		readers[0].flush(&batch)
		readers[1].flush(&batch)
	})
	one := testing.AllocsPerRun(200, func() {
		say()
		readers[0].flush(&batch)
	})
	if both > one {
		t.Errorf("a line makes %v allocations with one reader, %v with two", one, both)
	}
}

// BenchmarkDelivery is what a line costs for another terminal, from finding it to handing it to the
// SSH library.
func BenchmarkDelivery(b *testing.B) {
	say, readers := newDelivery(b)
	var batch transport.Batch
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		say()
		readers[0].flush(&batch)
		b.StartTimer()
		readers[1].flush(&batch)
	}
}
