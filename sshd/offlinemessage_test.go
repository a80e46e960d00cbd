package sshd

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/render"
	"teahouse/internal/terminal"
	"teahouse/internal/testkit"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// A fakeMessageStore stores private messages only.
type fakeMessageStore struct {
	room.MessageStore
	mu        sync.Mutex
	posted    []*room.Event
	waiting   []*room.Event
	delivered int
}

func (f *fakeMessageStore) Account(ids.Account) (room.Account, bool) { return room.Account{}, false }
func (f *fakeMessageStore) AccountByName(ids.NameKey) (room.Account, bool) {
	return room.Account{}, false
}
func (f *fakeMessageStore) StoredUpTo(ids.Room) uint64 { return 0 }

func (f *fakeMessageStore) OfflineMessages(context.Context, ids.Account) ([]*room.Event, error) {
	return f.waiting, nil
}

func (f *fakeMessageStore) SaveOffline(_ context.Context, e *room.Event, _ room.OfflineLimits) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posted = append(f.posted, e)
	return nil
}

func (f *fakeMessageStore) MarkDelivered(ctx context.Context, _ ids.Account, _ *room.Event) error {
	if ctx.Err() == nil {
		f.delivered++
	}
	return ctx.Err()
}

// A private message that may not have reached a terminal whose connection broke waits for its
// user.
func TestOfflineMessagesAfterDisconnect(t *testing.T) {
	s := &fakeMessageStore{}
	h := startServer(t, func(server *Server) { server.Hub = room.New(room.Config{Messages: s}) })
	bob := startSession(t, h.dial(t, "bob"), false)
	bob.expectLine("bob joined")
	client := h.dialWithKey(t, "alice")
	alice := startSession(t, client, true)
	alice.expectLine("Welcome")
	bob.expectLine("alice joined")
	if out, errs, code := run(t, h.dial(t, "carol"), "to alice are you there?"); code != exitOK {
		t.Fatalf("ssh host to alice prints %q, says %q and exits with %d", out, errs, code)
	}
	alice.expectLine("are you there?") // nobody knows that
	client.Close()
	testkit.Eventually(t, "the message waits", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.posted) == 1 && s.posted[0].Text == "are you there?"
	})
}

// A failingChannel can be made to fail writes.
type failingChannel struct {
	gossh.Channel
	err error
}

func (c failingChannel) Write(p []byte) (int, error) { return len(p), c.err }

// Private messages that could not be written go on waiting. Those that were written do not, even if
// their reader has left meanwhile.
func TestUnwrittenOfflineMessages(t *testing.T) {
	broken := errors.New("the connection is broken")
	for err, want := range map[error]int{nil: 1, broken: 0} {
		message := &room.Event{Kind: room.PrivateMessage, Time: time.Now(), User: &room.UserInfo{Name: "bob"}, To: &room.UserInfo{Name: "alice", Person: "A"}, Text: "hello"}
		s := &fakeMessageStore{waiting: []*room.Event{message}}
		h := room.New(room.Config{Messages: s})
		u, entered := h.Enter(t.Context(), room.ClientInfo{RequestedName: "alice", Fingerprint: "A", Terminal: true})
		if entered != nil {
			t.Fatal(entered)
		}
		arrival, arrived := welcome.For(u, 5)
		if arrived != nil || len(arrival.PrivateMessages) != 1 {
			t.Fatalf("%d private messages wait for alice (error %v), want 1", len(arrival.PrivateMessages), arrived)
		}
		c := &terminalSession{
			session: &session{server: &Server{Hub: h, watchdog: newWriteWatchdog()}, conn: &guardedConn{}},
			output:  failingChannel{err: err}, term: terminal.New(terminal.Config{}), runner: command.NewRunner(u),
		}
		c.conn.outbound.init()
		c.format.Store(render.NewCache(i18n.New().Printer).Acquire(render.Options{End: "\r\n", Syntax: command.SlashSyntax}, netip.Prefix{}))
		u.Leave(room.Quit)
		if got := c.drawGreeting(&greeting{Welcome: arrival}); got != err || s.delivered != want {
			t.Errorf("the write ended with %v (want %v), and the message was taken from the store %d times, want %d", got, err, s.delivered, want)
		}
	}
}

// A message from standard input is not said if the connection breaks before its end.
func TestIncompleteStdinIsNotSaid(t *testing.T) {
	h := startServer(t, nil)
	bob := startSession(t, h.dial(t, "bob"), false)
	bob.expectLine("bob joined")
	client := h.dial(t, "alice")
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, _ := session.StdinPipe()
	if err := session.Start("say"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "half a message, "); err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.SendRequest("a barrier", true, nil); err != nil {
		t.Fatal(err)
	}
	client.Close()
	testkit.Eventually(t, "the command has ended", func() bool {
		h.watchdog.mu.Lock()
		defer h.watchdog.mu.Unlock()
		return len(h.watchdog.sessions) == 1
	})
	bob.send("a barrier\n")
	if all := bob.expectLine("bob: a barrier"); all != "bob: a barrier\n" {
		t.Errorf("bob reads %q, want nothing of the message that never ended", all)
	}
}
