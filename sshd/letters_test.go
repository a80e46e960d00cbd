package sshd

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/room"
	"teahouse/terminal"
)

// A shelf is an archive of letters alone.
type shelf struct {
	room.Archive
	mu        sync.Mutex
	posted    []*room.Event
	waiting   []*room.Event
	delivered int
}

func (s *shelf) Person(string) (room.Person, bool) { return room.Person{}, false }
func (s *shelf) Find(string) (room.Person, bool)   { return room.Person{}, false }
func (s *shelf) Stored(string) uint64              { return 0 }

func (s *shelf) Letters(string) ([]*room.Event, error) { return s.waiting, nil }

func (s *shelf) Post(e *room.Event, _ room.PostLimits) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posted = append(s.posted, e)
	return nil
}

func (s *shelf) Delivered(string, *room.Event) error {
	s.delivered++
	return nil
}

// A private message that may not have reached a terminal whose connection broke waits
// for who sat there.
func TestLettersOfWhoIsCutOff(t *testing.T) {
	s := &shelf{}
	h := open(t, func(server *Server) { server.House.Archive = s })
	bob := join(t, h.dial(t, "bob"), false)
	bob.reads("bob joined")
	client := h.dialWithKey(t, "alice")
	alice := join(t, client, true)
	alice.reads("Welcome")
	bob.reads("alice joined")
	if out, errs, code := run(t, h.dial(t, "carol"), "to alice are you there?"); code != exitDone {
		t.Fatalf("%q, %q, %d", out, errs, code)
	}
	alice.reads("are you there?") // which nobody knows
	client.Close()
	eventually(t, "the message waits", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.posted) == 1 && s.posted[0].Text == "are you there?"
	})
}

// A channel that can or cannot be written to.
type channel struct {
	gossh.Channel
	err error
}

func (c channel) Write(p []byte) (int, error) { return len(p), c.err }

// Letters that could not be written wait on.
func TestLettersThatAreNotWritten(t *testing.T) {
	broken := errors.New("the connection is broken")
	for err, want := range map[error]int{nil: 1, broken: 0} {
		letter := &room.Event{Kind: room.Told, Time: time.Now(), Who: &room.Who{Name: "bob"}, To: &room.Who{Name: "alice", Key: "A"}, Text: "hello"}
		s := &shelf{waiting: []*room.Event{letter}}
		h := room.NewHouse()
		h.Archive = s
		u, entered := h.Enter(room.Visitor{Name: "alice", Key: "A", Terminal: true})
		if entered != nil {
			t.Fatal(entered)
		}
		arrival, arrived := u.Arrive(5)
		if arrived != nil || len(arrival.Letters) != 1 {
			t.Fatalf("%d letters, %v", len(arrival.Letters), arrived)
		}
		c := &chat{
			session: &session{server: &Server{House: h, watch: newWatch()}, conn: &guardedConn{backlog: newBacklog()},
				channel: &guardedChannel{channel: &inbox{Channel: channel{err: err}}}},
			term: terminal.New(terminal.Config{}),
		}
		c.voice.Store(voiceOf(style{end: "\r\n", form: room.Slashed}))
		if got := c.open(u, &greeting{Arrival: arrival}); got != err || s.delivered != want {
			t.Errorf("%v: letters are taken away %d times, want %d", got, s.delivered, want)
		}
		u.Leave(room.Quit)
	}
}

// Half of a message is not said where the connection breaks before its end.
func TestHalfAMessage(t *testing.T) {
	h := open(t, nil)
	bob := join(t, h.dial(t, "bob"), false)
	bob.reads("bob joined")
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
	eventually(t, "the command has ended", func() bool {
		h.watch.mu.Lock()
		defer h.watch.mu.Unlock()
		return len(h.watch.sessions) == 1
	})
	bob.types("a barrier\n")
	if all := bob.reads("bob: a barrier"); all != "bob: a barrier\n" {
		t.Errorf("bob reads %q", all)
	}
}
