package stories

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// jsonLines reads JSON lines, of version 1 each, as far as the last newline.
func jsonLines(t *testing.T, text string) (lines []map[string]any) {
	t.Helper()
	text = text[:strings.LastIndex(text, "\n")+1]
	for line := range strings.Lines(text) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil || fields["v"] != 1.0 {
			t.Errorf("%q: %v", line, err)
			continue
		}
		lines = append(lines, fields)
	}
	return lines
}

// texts returns one field of each line of a type.
func texts(lines []map[string]any, kind, field string) (texts []string) {
	for _, line := range lines {
		if line["type"] == kind {
			texts = append(texts, fmt.Sprint(line[field]))
		}
	}
	return texts
}

// Protects programs: what a command prints with --json is a line of JSON each.
func TestJSON(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice := h.enter("alice")
	alice.says("hello <b> there")
	carol := h.ssh("carol")

	run := func(command string) []map[string]any {
		t.Helper()
		r := ask(t, with(carol, command))
		if r.code != 0 || r.err != "" {
			t.Errorf("%s: %+v", command, r)
		}
		return jsonLines(t, r.out)
	}
	eventually(t, "it is said", func() bool {
		return slices.Equal(texts(run("history --json"), "message", "text"), []string{"hello <b> there"})
	})
	said := run("history --json")[0]
	if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(said["time"])); err != nil || !strings.HasSuffix(fmt.Sprint(said["time"]), "Z") {
		t.Errorf("the time is %v", said["time"])
	}
	if said["room"] != "lobby" || said["name"] != "alice" || said["verified"] != false || said["action"] != false || said["id"] == "" {
		t.Errorf("the message is %v", said)
	}
	if got := texts(run("who --json"), "person", "name"); !slices.Equal(got, []string{"alice"}) {
		t.Errorf("who is %q", got)
	}
	if got := texts(run("rooms --json"), "room", "name"); !slices.Equal(got, []string{"lobby"}) {
		t.Errorf("the rooms are %q", got)
	}
	if got := texts(run("topic --json"), "answer", "text"); !slices.Equal(got, []string{"There is no topic."}) {
		t.Errorf("the topic is %q", got)
	}
	ask(t, with(carol, "--", "--json say hi --json")).want(t, 0, "", "")
	ask(t, with(carol, "say --json -- --json")).want(t, 0, "", "")
	alice.shows("carol: hi --json", "carol: --json")
	ask(t, with(carol, "search --json nowhere")).want(t, 1, "", "Nothing was found.\n")
}

// Protects scripts that do something in a room: --room is where a command acts, and
// nobody there sees anybody come or go.
func TestCommandsInARoom(t *testing.T) {
	t.Parallel()
	h := start(t)
	founder, stranger := h.sshAs("alice", key(newKey(t))...), h.ssh("carol")
	alice := open(t, append([]string{founder[0], "-t"}, founder[1:]...)...)
	alice.shows("Welcome")
	alice.says("/join #tea")
	alice.shows("#tea, 1 here")
	ask(t, with(stranger, "say --room tea green or black?")).want(t, 0, "", "")
	alice.shows("carol: green or black?")
	ask(t, with(stranger, "--", "--room=#tea who")).want(t, 0, "alice\n", "")
	if r := ask(t, with(stranger, "history --room tea")); !strings.Contains(r.out, "carol: green or black?") {
		t.Errorf("history: %+v", r)
	}
	ask(t, with(stranger, "history")).want(t, 1, "", "Nothing was found.")
	ask(t, with(stranger, "say --room nowhere hello")).want(t, 1, "", "There is no room #nowhere.")
	ask(t, with(stranger, "say --room")).want(t, 2, "", "--room needs a value. Usage: say")

	ear := launch(t, with(stranger, "follow --json --room tea")...)
	h.following(1)
	ask(t, with(stranger, "say --room tea once more"))
	ear.sees(`"once more"`)
	alice.says("/room private")
	ask(t, with(stranger, "say --room tea hello")).want(t, 1, "", "#tea is private.")
	ear.exits(1)
	ear.isTold("#tea is private now")
	ask(t, with(founder, "say --room tea still mine")).want(t, 0, "", "")
	alice.shows("alice✓: still mine")
	alice.hides("joined", "carol left")
}

// Protects programs that read along: each line comes at once, nobody sees them, and
// they learn that the house closes.
func TestFollow(t *testing.T) {
	t.Parallel()
	h := start(t)
	ask(t, with(h.ssh("alice"), "say before")).want(t, 0, "", "")
	ear, eye := launch(t, with(h.ssh("ear"), "follow")...), launch(t, with(h.ssh("eye"), "follow --json --since 1h")...)
	eye.sees(`"before"`)
	h.following(2)
	bob := h.nc("bob")
	ear.sees("Z * guest-1 joined\n", "Z * guest-1 is now called bob\n")
	bob.types("hello")
	ear.sees("Z bob: hello\n")
	bob.types("rename|dora")
	eye.sees(`"hello"`, `"old":"bob"`, `"type":"joined"`)
	ask(t, with(h.ssh("alice"), "who")).want(t, 0, "dora\n", "")
	ear.hasNotSeen("before")
	bob.hasNotSeen("ear", "eye")

	h.signal(syscall.SIGTERM)
	ear.exits(75)
	eye.exits(75)
	ear.isTold("The server is stopping.")
	eye.sees(`"type":"end"`, `"reason":"stopping"`)
	h.exits(0)
}

// Protects ssh host follow | head: it ends with the line that nobody reads any more.
func TestFollowIntoHead(t *testing.T) {
	t.Parallel()
	h := start(t)
	pipe := []string{"bash", "-c", `"$@" </dev/null | head -2; exit ${PIPESTATUS[0]}`, "-"}
	ear := launch(t, slices.Concat(pipe, with(h.ssh("ear"), "follow"))...)
	h.following(1)
	bob := h.nc("bob")
	bob.types("one")
	ear.sees("guest-1 joined\n", "is now called bob\n")
	eventually(t, "ssh ends", func() bool {
		bob.types("more")
		return ear.isGone()
	})
	ear.exits(0)
	ear.hasNotSeen("more")
}

// Protects who looks on in a terminal: ^C ends it there, too.
func TestFollowInTerminal(t *testing.T) {
	t.Parallel()
	h := start(t)
	s := open(t, with(h.ssh("carol", "-t"), "follow")...)
	h.following(1)
	h.nc("bob").types("hello")
	s.shows("Z bob: hello")
	s.presses("C-c")
	s.shows("[exit 0]")
}

// following waits until so many follow.
func (h *house) following(n int) {
	h.t.Helper()
	eventually(h.t, fmt.Sprint(n, " follow"), func() bool {
		found := 0
		for _, e := range h.log() {
			if e["msg"] == "command" && e["command"] == "follow" {
				found++
			}
		}
		return found >= n
	})
}

// Protects bots that come again: follow --since last goes on after the last line that
// they have got, whenever they are killed and however often, also when the house was
// closed between; nothing is missed, and what may come twice has the same id.
func TestFollowSinceLast(t *testing.T) {
	t.Parallel()
	const kills = 12
	h := start(t)
	bot := func(h *house, k []string) []string { return with(h.sshAs("bot", k...), "follow --json --since last") }
	k := key(newKey(t))
	ask(t, with(h.ssh("alice"), "follow --since last")).want(t, 1, "", "That needs a key")

	first := launch(t, bot(h, k)...)
	h.following(2)
	talk := h.talk(t)
	var got []map[string]any
	for round, ear := 0, first; ; ear = launch(t, bot(h, k)...) {
		eventually(t, "a line is heard", func() bool { return strings.Count(ear.out.String(), "\n") > 3 })
		time.Sleep(time.Duration(round*7) * time.Millisecond)
		if round++; round == kills {
			said := talk.stop()
			ear.sees(fmt.Sprintf(`"line %d"`, said))
			h.signal(syscall.SIGTERM)
			ear.exits(75)
			got = append(got, jsonLines(t, ear.out.String())...)
			break
		}
		ear.kill()
		got = append(got, jsonLines(t, ear.out.String())...)
	}
	h.exits(0)

	h = startIn(t, h.data)
	ask(t, with(h.ssh("alice"), "say after")).want(t, 0, "", "")
	ear := launch(t, bot(h, k)...)
	ear.sees(`"after"`)
	got = append(got, jsonLines(t, ear.out.String())...)

	ids := map[string]bool{}
	var heard []string
	twice := 0
	for _, line := range got {
		if id := fmt.Sprint(line["id"]); line["type"] == "message" && ids[id] {
			twice++
		} else if ids[id] = true; line["type"] == "message" {
			heard = append(heard, fmt.Sprint(line["text"]))
		}
	}
	for i, text := range heard[:len(heard)-1] {
		if text != fmt.Sprint("line ", i+1) {
			t.Fatalf("%q is heard where line %d is due", text, i+1)
		}
	}
	if heard[len(heard)-1] != "after" {
		t.Errorf("the last that is heard is %q", heard[len(heard)-1])
	}
	t.Logf("%d lines, %d of them twice", len(heard), twice)
	if twice > len(heard) { // all would come again and again
		t.Errorf("%d of %d lines came twice", twice, len(heard))
	}
}

// A talker says a hundred numbered lines a second.
type talker struct {
	quit chan struct{}
	said chan int
}

func (h *house) talk(t *testing.T) *talker { return h.talkAs(t, "mouth") }

func (h *house) talkAs(t *testing.T, name string) *talker {
	t.Helper()
	mouth := h.nc(name)
	w := &talker{make(chan struct{}), make(chan int, 1)}
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-tick.C:
				n++
				if _, err := fmt.Fprintf(mouth.stdin, "line %d\n", n); err != nil {
					n--
				}
			case <-w.quit:
				w.said <- n
				return
			}
		}
	}()
	return w
}

// stop returns how many lines were said.
func (w *talker) stop() int {
	close(w.quit)
	return <-w.said
}

// Protects make 2>&1 | ssh host say: what is piped in is one message, of which all
// see the beginning at least, and no program fails for having printed much.
func TestSayInput(t *testing.T) {
	once(t)
	t.Parallel()
	h := start(t)
	alice := h.enter("alice")
	say := with(h.ssh("make"), "say")
	ask(t, say, "cc -c a.c\n", "cc -c b.c\nb.c:1: error\n").want(t, 0, "", "")
	alice.shows("make: cc -c a.c", "b.c:1: error")
	ask(t, say, strings.Repeat("a line\n", 50_000)+"the end").want(t, 0, "", "Only the beginning was said: 49,802 more lines were left out.\n")
	alice.shows("… 196 more lines, /more")
	if r := ask(t, with(h.ssh("eve"), "history 1")); !strings.HasSuffix(r.out, "a line ⏎ [… +49802 ⏎]\n") {
		t.Errorf("it was said: %.100q", r.out)
	}
	ask(t, say, "\x7fELF\x00\x01").want(t, 1, "", "That is no text. Nothing was said.\n")
	ask(t, with(h.ssh("robot", "-T")), "before\n\x7fELF\x00\x01\nafter\n").want(t, 1, "* robot joined\nrobot: before\n", "That is no text.")
	ask(t, say, " \n\n").want(t, 1, "", "Nothing to say")
	alice.hides("make joined", "make left", "ELF")
}

// Protects what is not complete: who is killed while it says something has said
// nothing; and a house that closes tells who is still at it to come again.
func TestSayInputThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	h := start(t)
	alice := h.nc("alice")
	broken, waiting := launch(t, with(h.ssh("make"), "say")...), launch(t, with(h.ssh("tail"), "say")...)
	broken.sends("half of it\n")
	waiting.sends("and more\n")
	time.Sleep(500 * time.Millisecond) // for ssh to send it
	if err := broken.process.Kill(); err != nil {
		t.Fatal(err)
	}
	ask(t, with(h.ssh("carol"), "say later"))
	alice.sees("later")
	alice.hasNotSeen("half of it")
	h.signal(syscall.SIGTERM)
	waiting.exits(75)
	waiting.isTold("The server is stopping.")
	h.exits(0)
	alice.hasNotSeen("half of it", "and more")
}

// Protects scripts that try again: they learn by the exit code whether that is of use;
// and programs that read along learn of the topic, and whom they do not want to read.
func TestTryAgainLater(t *testing.T) {
	once(t)
	t.Parallel()
	list, root := filepath.Join(t.TempDir(), "operators"), newKey(t)
	listKey(t, list, root)
	h := start(t, "--operators", list)
	k := newKey(t)
	ear := launch(t, with(h.sshAs("ear", key(k)...), "follow --json")...)
	h.following(1)
	h.asks("ear", k, "ignore root").want(t, 1, "", "There is nobody named root here.")
	h.asks("root", root, "slow 60").want(t, 0, "Done.\n", "")
	h.asks("ear", k, "say one").want(t, 0, "", "")
	h.asks("ear", k, "say two").want(t, 75, "", "Slow mode: one line in 60 seconds.")
	h.asks("ear", k, "sya two").want(t, 2, "", "Did you mean say?")
	h.asks("root", root, "topic --json Keemun").want(t, 0, `{"v":1,"type":"answer","text":"Done."}`+"\n", "")
	ear.sees(`"type":"notice"`, `"text":"one"`, `"type":"topic"`, `"topic":"Keemun"`)
	h.asks("root", root, "ban "+fingerprint(t, k+".pub"))
	ear.exits(1)
	ear.isTold("You are banned from this house.")
	ear.sees(`"type":"end"`, `"reason":"banned"`)
}
