package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/room"
)

// What the log says of a house in a folder beside NATS servers.
const (
	notThere     = "the NATS servers have none of it"
	anotherThere = "the NATS servers, which have another, know nothing of"
)

// A house with something in it is moved into NATS servers, and back into a folder. Talk,
// letters, rows and who is known are there each time; what was struck out or forgotten is not.
func TestRefill(t *testing.T) {
	t.Parallel()
	away := elsewhere(t, t.TempDir(), -1)
	own, back := Config{Dir: t.TempDir(), Memory: wide}, Config{Dir: t.TempDir(), Memory: wide}
	shared := Config{Dir: own.Dir, URL: away.ClientURL(), Memory: wide}
	furnish(t, own)
	fresh := Config{Dir: own.Dir, URL: elsewhere(t, t.TempDir(), -1).ClientURL(), Memory: wide, Log: log.New(io.Discard)}
	wantOwn(t, fresh, Unmoved)
	if s := begin(t, fresh); !strings.Contains(s.logged.String(), notThere) {
		t.Errorf("beside servers that have nothing, the log is: %s", s.logged)
	}
	var backup bytes.Buffer
	if err := BackupClosed(bounded(t), own, &backup); err != nil {
		t.Fatal(err)
	}
	if err := Unpack(bounded(t), shared, &backup); err != nil {
		t.Fatal(err)
	}
	s := begin(t, shared)
	s.wantFurniture(t)
	fresh.URL = shared.URL
	wantOwn(t, fresh, NoOwn)
	if log := s.logged.String(); strings.Contains(log, "folder") {
		t.Errorf("where the house was moved, the log is: %s", log)
	}
	backup.Reset()
	if err := s.Backup(bounded(t), &backup); err != nil {
		t.Fatal(err)
	}
	s.end(t)
	var house *HouseError
	if err := Unpack(bounded(t), shared, bytes.NewReader(backup.Bytes())); !errors.As(err, &house) || house.Origin != s.node {
		t.Errorf("over a house: %v", err)
	}
	if err := Unpack(bounded(t), back, &backup); err != nil {
		t.Fatal(err)
	}
	begin(t, back).wantFurniture(t)
	if s := begin(t, Config{Dir: back.Dir, URL: shared.URL, Memory: wide}); !strings.Contains(s.logged.String(), anotherThere) {
		t.Errorf("beside another house, the log is: %s", s.logged)
	}
	s = begin(t, own)
	if !strings.Contains(s.logged.String(), "was open with NATS servers last") {
		t.Errorf("without the servers, the log is: %s", s.logged)
	}
	s.end(t)
	wantOwn(t, fresh, Estranged)
	if s := begin(t, shared); !strings.Contains(s.logged.String(), anotherThere) {
		t.Errorf("with the servers again, the log is: %s", s.logged)
	}
}

func wantOwn(t *testing.T, c Config, want Own) {
	t.Helper()
	if own, err := FindOwn(bounded(t), c); own != want || err != nil {
		t.Errorf("own is %v, %v, want %v", own, err, want)
	}
}

// furnish leaves a journal with some of everything.
func furnish(t *testing.T, c Config) {
	t.Helper()
	s := begin(t, c)
	alice, bob := s.enter(t, "alice", aliceKey), s.enter(t, "bob", bobKey)
	say(t, alice, "to be forgotten")
	say(t, bob, "one")
	say(t, bob, "two")
	if _, err := alice.Do([]string{"forget", "me", "yes"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Post(letterTo(bobKey, "hello"), anyLetters); err != nil {
		t.Fatal(err)
	}
	s.Write(row("bans", "mallory", `{"why":"spam"}`))
	s.Write(row("bans", "trudy", `{}`))
	s.Write(row("typed", "alice", `{}`))
	eventually(t, "the rows are stored", func() bool { return s.Status().Rows == 0 })
	s.Write(row("bans", "trudy", ""))
	eventually(t, "all is stored", func() bool { return s.Status().Rows == 0 && s.Behind() == 0 && !s.people.isDirty() })
	s.end(t)
}

func (s *scene) wantFurniture(t *testing.T) {
	t.Helper()
	if got := texts(s.said); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("said: %q", got)
	}
	if letters, err := s.Letters(bobKey); err != nil || !slices.Equal(texts(letters), []string{"hello"}) {
		t.Errorf("letters: %q, %v", texts(letters), err)
	}
	if _, ok := s.Find("bob"); !ok {
		t.Error("bob is not known")
	}
	wantRows(t, s.Journal, map[place]string{{"bans", "mallory"}: `{"why":"spam"}`, {"typed", "alice"}: `{}`})
}

// A process dies while it fills NATS servers, at any step. No house opens there, nobody makes
// a backup of it, and the next one that fills them has all there.
func TestRefillBrokenOff(t *testing.T) {
	t.Parallel()
	backup := packed(t)
	away := elsewhere(t, t.TempDir(), -1)
	c := Config{URL: away.ClientURL(), Memory: wide, Log: log.New(io.Discard)}
	e, err := startEngine(bounded(t), c, "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	errDies := errors.New("it dies")
	for opened := range len(e.wanted()) {
		r := &refill{engine: e, version: unfinished + fmt.Sprint(opened), count: map[string]uint64{}}
		there, err := r.look(bounded(t))
		if err == nil {
			err = r.make(bounded(t), there)
		}
		if err != nil {
			t.Fatalf("opened %d: %v", opened, err)
		}
		_, err = readBackup(bytes.NewReader(backup), wide, func(l *backupLine) error {
			if opened == 0 && l.Stream != roomStream {
				return errDies
			}
			return r.add(bounded(t), l)
		})
		if opened == 0 != errors.Is(err, errDies) {
			t.Fatal(err)
		}
		for _, want := range e.wanted()[len(e.wanted())-opened:] {
			if err := r.open(bounded(t), want.Name, ""); err != nil {
				t.Fatal(err)
			}
		}
		if own, err := FindOwn(bounded(t), c); own != Partial || err != nil {
			t.Errorf("with %d streams opened it finds %v, %v", opened, own, err)
		}
		for what, err := range map[string]error{
			"a house":  errorOf(Open(bounded(t), c)),
			"a backup": BackupClosed(bounded(t), c, io.Discard),
		} {
			if !errors.Is(err, errUnfinished) {
				t.Errorf("with %d streams opened, %s: %v", opened, what, err)
			}
		}
	}
	if err := Unpack(bounded(t), c, bytes.NewReader(backup)); err != nil {
		t.Fatal(err)
	}
	if got := texts(begin(t, c).said); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("got %q", got)
	}
}

func errorOf(_ *Journal, err error) error { return err }

// A backup that breaks off leaves nothing in the NATS servers, and neither is one unpacked
// there while a node runs.
func TestRefillRefused(t *testing.T) {
	t.Parallel()
	backup := packed(t)
	c := Config{URL: elsewhere(t, t.TempDir(), -1).ClientURL(), Memory: wide}
	if err := Unpack(bounded(t), c, bytes.NewReader(backup[:len(backup)-10])); err == nil {
		t.Error("half a backup was taken")
	}
	e, err := startEngine(bounded(t), Config{URL: c.URL, Log: log.New(io.Discard)}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	for name := range e.js.StreamNames(bounded(t)).Name() {
		t.Errorf("the stream %s is left", name)
	}
	done := make(chan error)
	go func() { done <- Unpack(bounded(t), c, bytes.NewReader(backup)) }()
	for err := error(nil); err == nil; {
		select {
		case err = <-done:
			if !errors.Is(err, errNodesRun) {
				t.Errorf("while a node runs: %v", err)
			}
		default:
			if err := e.nc.Publish(beatSubject, []byte("{}")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Two fill the same NATS servers: the one that began later goes on, and the other fails,
// whatever it was at.
func TestTwoRefills(t *testing.T) {
	t.Parallel()
	c := Config{URL: elsewhere(t, t.TempDir(), -1).ClientURL(), Memory: wide, Log: log.New(io.Discard)}
	e, err := startEngine(bounded(t), c, "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	first, second := &refill{engine: e, version: unfinished + " 1", count: map[string]uint64{}}, &refill{engine: e, version: unfinished + " 2", count: map[string]uint64{}}
	all := &backupLine{Stream: roomStream, Subject: roomSubject(room.Lobby), Data: []byte("{}\n")}
	for _, r := range []*refill{first, second} {
		there, err := r.look(bounded(t))
		if err == nil {
			err = r.make(bounded(t), there)
		}
		if err == nil {
			err = r.add(bounded(t), all)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := first.finish(bounded(t), ""); !errors.Is(err, errTakenOver) {
		t.Errorf("the first: %v", err)
	}
	if err := second.finish(bounded(t), ""); err == nil {
		t.Error("the second has taken what the first had stored for its own")
	}
	first.discard(bounded(t))
	if _, err := second.own(bounded(t), roomStream); err != nil {
		t.Errorf("the first removed what the second made: %v", err)
	}
}

// A folder in which nothing was ever stored is no house that one would miss.
func TestHasOwn(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	begin(t, c).end(t)
	if _, ok := HasOwn(c.Dir); ok {
		t.Error("an empty house is one")
	}
	if _, ok := HasOwn(filepath.Join(c.Dir, "nothing")); ok {
		t.Error("nothing is one")
	}
	furnish(t, c)
	if node, ok := HasOwn(c.Dir); !ok || node == "" {
		t.Errorf("a house is none: %q", node)
	}
}
