package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// parseJSONLines parses JSON lines, each of version 1, up to the last newline.
func parseJSONLines(t *testing.T, text string) (lines []map[string]any) {
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

// fieldOf returns one field of each line of one type.
func fieldOf(lines []map[string]any, kind, field string) (texts []string) {
	for _, line := range lines {
		if line["type"] == kind {
			texts = append(texts, fmt.Sprint(line[field]))
		}
	}
	return texts
}

// Protects programs: with --json a command prints one JSON object per line.
func TestJSON(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")
	alice.enterLine("hello <b> there")
	carol := h.ssh("carol")

	run := func(command string) []map[string]any {
		t.Helper()
		r := runClient(t, withCommand(carol, command))
		if r.code != 0 || r.err != "" {
			t.Errorf("%s: %+v", command, r)
		}
		return parseJSONLines(t, r.out)
	}
	eventually(t, "history has the message", func() bool {
		return slices.Equal(fieldOf(run("history --json"), "message", "text"), []string{"hello <b> there"})
	})
	said := run("history --json")[0]
	if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(said["time"])); err != nil || !strings.HasSuffix(fmt.Sprint(said["time"]), "Z") {
		t.Errorf("the message's time is %v", said["time"])
	}
	if said["room"] != "lobby" || said["name"] != "alice" || said["verified"] != false || said["action"] != false || said["id"] == "" {
		t.Errorf("the message in JSON is %v", said)
	}
	if got := fieldOf(run("who --json"), "person", "name"); !slices.Equal(got, []string{"alice"}) {
		t.Errorf("who answers %q", got)
	}
	if got := fieldOf(run("rooms --json"), "room", "name"); !slices.Equal(got, []string{"lobby"}) {
		t.Errorf("rooms answers %q", got)
	}
	if got := fieldOf(run("topic --json"), "answer", "text"); !slices.Equal(got, []string{testkit.English(reply.NoTopic)}) {
		t.Errorf("topic answers %q", got)
	}
	runClient(t, withCommand(carol, "--", "--json say hi --json")).check(t, 0, "", "")
	runClient(t, withCommand(carol, "say --json -- --json")).check(t, 0, "", "")
	alice.expect("carol: hi --json", "carol: --json")
	runClient(t, withCommand(carol, "search --json nowhere")).check(t, 1, "", testkit.English(reply.NothingFound)+"\n")
}

// Protects scripts that do something in a room: --room says where a command acts, and nobody there
// sees a join or leave.
func TestCommandsInARoom(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	founder, stranger := h.sshAs("alice", withKey(newKey(t))...), h.ssh("carol")
	alice := openScreen(t, append([]string{founder[0], "-t"}, founder[1:]...)...)
	alice.expect("Welcome")
	alice.enterLine("/join #tea")
	alice.expect("#tea, 1 here")
	runClient(t, withCommand(stranger, "say --room tea green or black?")).check(t, 0, "", "")
	alice.expect("carol: green or black?")
	runClient(t, withCommand(stranger, "--", "--room=#tea who")).check(t, 0, "alice\n", "")
	if r := runClient(t, withCommand(stranger, "history --room tea")); !strings.Contains(r.out, "carol: green or black?") {
		t.Errorf("history answers %+v", r)
	}
	runClient(t, withCommand(stranger, "history")).check(t, 1, "", testkit.English(reply.NothingFound))
	runClient(t, withCommand(stranger, "say --room nowhere hello")).check(t, 1, "", testkit.English(reply.NoSuchRoom, "nowhere"))
	runClient(t, withCommand(stranger, "say --room")).check(t, 2, "", testkit.English(reply.FlagNeedsValue, "--room", "say"))

	ear := launch(t, withCommand(stranger, "follow --json --room tea")...)
	h.waitFollowers(1)
	runClient(t, withCommand(stranger, "say --room tea once more"))
	ear.expect(`"once more"`)
	alice.enterLine("/room private")
	runClient(t, withCommand(stranger, "say --room tea hello")).check(t, 1, "", testkit.EnglishStart(reply.RoomIsPrivate, "tea"))
	ear.waitExit(1)
	ear.expectStderr("#tea is private now")
	runClient(t, withCommand(founder, "say --room tea still mine")).check(t, 0, "", "")
	alice.expect("alice✓: still mine")
	alice.expectNot("joined", "carol left")
}

// Protects programs that follow: each line comes at once, nobody sees them, and they learn that the
// server stops.
func TestFollow(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	runClient(t, withCommand(h.ssh("alice"), "say before")).check(t, 0, "", "")
	ear, eye := launch(t, withCommand(h.ssh("ear"), "follow")...), launch(t, withCommand(h.ssh("eye"), "follow --json --since 1h")...)
	eye.expect(`"before"`)
	h.waitFollowers(2)
	bob := h.nc("bob")
	ear.expect("Z * guest-1 joined\n", "Z "+testkit.English("sshd-renamed-line", "guest-1", "bob")+"\n")
	bob.sendLines("hello")
	ear.expect("Z bob: hello\n")
	bob.sendLines("rename|dora")
	eye.expect(`"hello"`, `"old":"bob"`, `"type":"joined"`)
	runClient(t, withCommand(h.ssh("alice"), "who")).check(t, 0, "dora\n", "")
	ear.expectNot("before")
	bob.expectNot("ear", "eye")

	h.signal(syscall.SIGTERM)
	ear.waitExit(75)
	eye.waitExit(75)
	ear.expectStderr(testkit.English(reply.GoodbyeStopping))
	eye.expect(`"type":"end"`, `"reason":"stopping"`)
	h.waitExit(0)
}

// Protects ssh host follow | head: it ends with the first line that nobody reads.
func TestFollowIntoHead(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	pipe := []string{"bash", "-c", `"$@" </dev/null | head -2; exit ${PIPESTATUS[0]}`, "-"}
	ear := launch(t, slices.Concat(pipe, withCommand(h.ssh("ear"), "follow"))...)
	h.waitFollowers(1)
	bob := h.nc("bob")
	bob.sendLines("one")
	ear.expect("guest-1 joined\n", testkit.EnglishPart("sshd-renamed-line", 1)+"bob"+"\n")
	eventually(t, "ssh ends", func() bool {
		bob.sendLines("more")
		return ear.hasExited()
	})
	ear.waitExit(0)
	ear.expectNot("more")
}

// Protects users who follow at a terminal: ^C ends it there, too.
func TestFollowInTerminal(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	s := openScreen(t, withCommand(h.ssh("carol", "-t"), "follow")...)
	h.waitFollowers(1)
	h.nc("bob").sendLines("hello")
	s.expect("Z bob: hello")
	s.pressKeys("C-c")
	s.expect("[exit 0]")
}

// waitFollowers waits until there are so many followers.
func (cs *chatServer) waitFollowers(n int) {
	cs.t.Helper()
	eventually(cs.t, fmt.Sprint(n, " follow"), func() bool {
		found := 0
		for _, e := range cs.log() {
			if e["msg"] == "command" && e["command"] == "follow" {
				found++
			}
		}
		return found >= n
	})
}

// Protects bots that reconnect: follow --since last continues after the last line that they
// received, whenever and however often they are killed, even if the server stopped in between; they
// miss nothing, and repeated lines have the same ID.
func TestFollowSinceLast(t *testing.T) {
	t.Parallel()
	const kills = 12
	h := startServer(t)
	bot := func(h *chatServer, k []string) []string {
		return withCommand(h.sshAs("bot", k...), "follow --json --since last")
	}
	k := withKey(newKey(t))
	runClient(t, withCommand(h.ssh("alice"), "follow --since last")).check(t, 1, "", testkit.EnglishPart(reply.NeedKey, 0))

	first := launch(t, bot(h, k)...)
	h.waitFollowers(2)
	talk := h.startTalker(t)
	var got []map[string]any
	for round, ear := 0, first; ; ear = launch(t, bot(h, k)...) {
		eventually(t, "follow prints some lines", func() bool { return strings.Count(ear.out.String(), "\n") > 3 })
		time.Sleep(time.Duration(round*7) * time.Millisecond)
		if round++; round == kills {
			said := talk.stop()
			ear.expect(fmt.Sprintf(`"line %d"`, said))
			h.signal(syscall.SIGTERM)
			ear.waitExit(75)
			got = append(got, parseJSONLines(t, ear.out.String())...)
			break
		}
		ear.kill()
		got = append(got, parseJSONLines(t, ear.out.String())...)
	}
	h.waitExit(0)

	h = startServerIn(t, h.data)
	runClient(t, withCommand(h.ssh("alice"), "say after")).check(t, 0, "", "")
	ear := launch(t, bot(h, k)...)
	ear.expect(`"after"`)
	got = append(got, parseJSONLines(t, ear.out.String())...)

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
			t.Fatalf("the follower read %q in place of line %d", text, i+1)
		}
	}
	if heard[len(heard)-1] != "after" {
		t.Errorf("the last line that the follower read is %q", heard[len(heard)-1])
	}
	t.Logf("%d lines, %d of them twice", len(heard), twice)
	if twice > len(heard) { // everything would be repeated again and again
		t.Errorf("the follower read %d of %d lines twice", twice, len(heard))
	}
}

// A lineTalker says a hundred numbered lines per second.
type lineTalker struct {
	quit chan struct{}
	said chan int
}

func (cs *chatServer) startTalker(t *testing.T) *lineTalker { return cs.startTalkerAs(t, "mouth") }

func (cs *chatServer) startTalkerAs(t *testing.T, name string) *lineTalker {
	t.Helper()
	mouth := cs.nc(name)
	w := &lineTalker{make(chan struct{}), make(chan int, 1)}
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
func (w *lineTalker) stop() int {
	close(w.quit)
	return <-w.said
}

// Protects make 2>&1 | ssh host say: the input is one message, of which everybody sees at least the
// beginning, and no program fails because it printed much.
func TestSayInput(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")
	say := withCommand(h.ssh("make"), "say")
	runClient(t, say, "cc -c a.c\n", "cc -c b.c\nb.c:1: error\n").check(t, 0, "", "")
	alice.expect("make: cc -c a.c", "b.c:1: error")
	runClient(t, say, strings.Repeat("a line\n", 50_000)+"the end").check(t, 0, "", testkit.English("sshd-input-truncated", 49802)+"\n")
	alice.expect(testkit.EnglishStart("sshd-more-lines", 196))
	if r := runClient(t, withCommand(h.ssh("eve"), "history 1")); !strings.HasSuffix(r.out, "a line ⏎ [… +49802 ⏎]\n") {
		t.Errorf("history answers %.100q", r.out)
	}
	runClient(t, say, "\x7fELF\x00\x01").check(t, 1, "", testkit.English(reply.NotText)+"\n")
	runClient(t, withCommand(h.ssh("robot", "-T")), "before\n\x7fELF\x00\x01\nafter\n").check(t, 1, "* robot joined\nrobot: before\n", testkit.EnglishPart(reply.NotText, 0))
	runClient(t, say, " \n\n").check(t, 1, "", testkit.EnglishPart(reply.TextEmpty, 0))
	alice.expectNot("make joined", "make left", "ELF")
}

// Protects the room from incomplete messages: a client that is killed while it sends one has said
// nothing, and a server that stops tells such clients to retry.
func TestSayInputCutOff(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice := h.nc("alice")
	broken, waiting := launch(t, withCommand(h.ssh("make"), "say")...), launch(t, withCommand(h.ssh("tail"), "say")...)
	long := strings.Repeat("a line\n", 1<<20/7+1)
	for c, text := range map[*client]string{broken: "half of it\n", waiting: "and more\n"} {
		c.send(text + long)
		c.expectStderr(testkit.English("sshd-input-will-be-truncated")) // so that the server has read it
	}
	if err := broken.process.Kill(); err != nil {
		t.Fatal(err)
	}
	runClient(t, withCommand(h.ssh("carol"), "say later"))
	alice.expect("later")
	alice.expectNot("half of it")
	h.signal(syscall.SIGTERM)
	waiting.waitExit(75)
	waiting.expectStderr(testkit.English(reply.GoodbyeStopping))
	h.waitExit(0)
	alice.expectNot("half of it", "and more")
}

// Protects scripts that retry: the exit code says whether that can help. Followers read a new
// topic, and nothing from users they ignore.
func TestRetryExitCode(t *testing.T) {
	skipRace(t)
	t.Parallel()
	list, root := filepath.Join(t.TempDir(), "operators"), newKey(t)
	writeKeyList(t, list, root)
	h := startServer(t, "--operators", list)
	k := newKey(t)
	ear := launch(t, withCommand(h.sshAs("ear", withKey(k)...), "follow --json")...)
	h.waitFollowers(1)
	h.exec("ear", k, "ignore root").check(t, 1, "", testkit.English(reply.NoSuchUser, "root"))
	h.exec("root", root, "slow 60").check(t, 0, testkit.English(reply.Done)+"\n", "")
	h.exec("ear", k, "say one").check(t, 0, "", "")
	h.exec("ear", k, "say two").check(t, 75, "", testkit.EnglishStart(reply.SlowMode, 60))
	h.exec("ear", k, "sya two").check(t, 2, "", testkit.EnglishPart(reply.UnknownMeant, 1)+"say?")
	h.exec("root", root, "topic --json Keemun").check(t, 0, `{"v":1,"type":"answer","code":"done","text":"`+testkit.English(reply.Done)+"\"}\n", "")
	ear.expect(`"type":"notice"`, `"text":"one"`, `"type":"topic"`, `"topic":"Keemun"`)
	h.exec("root", root, "ban "+fingerprint(t, k+".pub"))
	ear.waitExit(1)
	ear.expectStderr(testkit.English(reply.BannedForGood))
	ear.expect(`"type":"end"`, `"reason":"banned"`)
}
