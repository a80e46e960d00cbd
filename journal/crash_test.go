package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
	"teahouse/room"
)

// The crash test knows nothing of particular commands. It does random things to a journal in a
// process of its own, and to a model of it, and kills the process at random moments. The next
// process must find everything that was acknowledged; anything else is either there or in its
// previous state, but nothing is older than that.

const (
	crashDir  = "TEAHOUSE_CRASH_DIR"  // where the killed process keeps its journal
	crashes   = "TEAHOUSE_CRASHES"    // number of kills; default leastCrashes
	crashSeed = "TEAHOUSE_CRASH_SEED" // seed of the random decisions

	leastCrashes = 100
	episode      = 20 // kills in one data directory
)

// An operation is what the process is told to do.
type operation struct {
	N     int    `json:"n"` // from 1
	Do    string `json:"do"`
	Table string `json:"table,omitempty"`
	Key   string `json:"key,omitempty"`
	Value string `json:"value,omitempty"` // "" deletes the record
}

// A report is what the process says: first everything it found, then each completed operation.
type report struct {
	Records  map[string]string   `json:"records,omitempty"`  // by table and key
	Messages map[string][]string `json:"messages,omitempty"` // by key
	People   map[string]string   `json:"people,omitempty"`   // names, by key
	Lines    []string            `json:"lines,omitempty"`
	Done     int                 `json:"done,omitempty"`
	Failed   string              `json:"failed,omitempty"`
}

// crashKeys are the keys of people and records.
var crashKeys = []string{"a", "b", "c", "d", "e", "SHA256:/+", "茶"}

// TestCrashProcess is the process that is killed.
func TestCrashProcess(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("TestCrashes runs it")
	}
	p := &process{out: json.NewEncoder(os.Stdout), users: map[string]*room.Session{}}
	if err := p.run(dir, os.Stdin); err != nil {
		p.report(report{Failed: err.Error()})
	}
}

type process struct {
	*Journal
	hub   *room.Hub
	users map[string]*room.Session

	mu  sync.Mutex
	out *json.Encoder
}

func (p *process) report(r report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.out.Encode(r)
}

func (p *process) run(dir string, deeds io.Reader) (err error) {
	ctx := context.Background()
	if p.Journal, err = Open(ctx, Config{Dir: dir, HistoryLimits: wideLimits}); err != nil {
		return err
	}
	if found := p.store.Checker.Damages; len(found) > 0 {
		return fmt.Errorf("a kill counts as damage: %v", found)
	}
	found := report{Records: map[string]string{}, Messages: map[string][]string{}, People: map[string]string{}}
	stored, err := p.records.all(ctx)
	if err != nil {
		return err
	}
	for _, r := range stored {
		found.Records[r.Table+" "+r.Key] = string(r.Value)
	}
	said, latest, err := p.history.load(ctx)
	if err != nil {
		return err
	}
	found.Lines = textsOf(said[room.Lobby])
	for _, key := range crashKeys {
		messages, err := p.OfflineMessages(ctx, ids.Account(key))
		if err != nil {
			return err
		}
		found.Messages[key] = textsOf(messages)
		if person, known := p.Account(ids.Account(key)); known {
			found.People[key] = person.Name
		}
	}
	p.hub = room.New(room.Config{Messages: p.Journal, HistoryLimits: wideLimits})
	p.hub.LoadHistory(room.Lobby, said[room.Lobby], latest[room.Lobby])
	p.follow(p.hub)
	p.report(found)
	return p.doAll(ctx, deeds)
}

func (p *process) doAll(ctx context.Context, deeds io.Reader) error {
	for all := json.NewDecoder(deeds); ; {
		var d operation
		if err := all.Decode(&d); err != nil {
			return err
		}
		switch d.Do {
		case "write":
			n := p.Write(record(d.Table, d.Key, d.Value))
			go func() {
				if p.WaitStored(ctx, n-1, n) == nil {
					p.report(report{Done: d.N})
				}
			}()
			continue
		case "end":
			if err := p.Close(ctx); err != nil {
				return err
			}
			p.report(report{Done: d.N})
			return nil
		}
		if err := p.do(ctx, d); err != nil {
			return fmt.Errorf("%+v: %w", d, err)
		}
		p.report(report{Done: d.N})
	}
}

func (p *process) do(ctx context.Context, d operation) (err error) {
	switch d.Do {
	case "post":
		return p.SaveOffline(ctx, privateMessageTo(d.Key, d.Value), anyNumber)
	case "deliver":
		messages, err := p.OfflineMessages(ctx, ids.Account(d.Key))
		if err != nil || len(messages) == 0 {
			return err
		}
		return p.MarkDelivered(ctx, ids.Account(d.Key), messages[len(messages)-1])
	case "come":
		p.users[d.Key], err = p.hub.Enter(ctx, room.ClientInfo{RequestedName: d.Value, Fingerprint: ids.Fingerprint(d.Key)})
		return err
	case "go":
		p.users[d.Key].Leave(room.Quit)
	case "unknow":
		p.people.catchUp()
		p.people.forget(ids.Account(d.Key), time.Now())
		guest, err := p.hub.Enter(ctx, room.ClientInfo{RequestedName: "guest"}) // this wakes the writer
		if err != nil {
			return err
		}
		guest.Leave(room.Quit)
	case "say":
		return p.users[d.Key].Say(d.Value)
	case "forget":
		_, err = command.NewRunner(p.users[d.Key]).RunCommand([]string{"forget", "me", "yes"})
		return err
	case "sync":
		for deadline := time.Now().Add(waitLimit); p.Pending() > 0 || p.people.isDirty(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				return errors.New("what happened is not stored")
			}
		}
	case "mark":
		p.store.RaiseWatermarks(ctx)
	case "count":
		p.store.CloseWatermarks(ctx)
	case "compact":
		for _, b := range p.store.Buckets() {
			c, err := b.Read(ctx)
			if err != nil {
				return err
			}
			if err := b.RaiseFloor(ctx, c, c.LastSeq+1); err != nil {
				return err
			}
			if err := b.Compact(ctx); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("unknown operation %q", d.Do)
	}
	return nil
}

// A modelVersion is a possible value, set by an operation.
type modelVersion struct {
	n    int
	text string
}

// A modelValue is a single value. It is certainly the first of these, or a later one.
type modelValue struct {
	may     []modelVersion
	unsure  int // an operation that may change it later, also after a kill, up to the next acknowledged one
	history []string
}

func (x *modelValue) set(n int, text string) {
	x.may = append(x.may, modelVersion{n, text})
	x.history = append(x.history, fmt.Sprintf("%d: %q", n, text))
}

// done records that an operation is acknowledged.
func (x *modelValue) done(n int) {
	if i := slices.IndexFunc(x.may, func(v modelVersion) bool { return v.n == n }); i >= 0 {
		x.may = x.may[i:]
		if n > x.unsure {
			x.unsure = 0
		}
		x.history = append(x.history, fmt.Sprintf("%d is acknowledged", n))
	}
}

// found records the value found after a kill. It returns false if that is impossible.
func (x *modelValue) found(text string) bool {
	ok := slices.ContainsFunc(x.may, func(v modelVersion) bool { return v.text == text })
	for i := range x.may {
		x.may[i].n = 0 // no acknowledgement will come any more
	}
	if x.unsure == 0 {
		x.may = []modelVersion{{0, text}}
	}
	x.history = append(x.history, fmt.Sprintf("found %q", text))
	return ok
}

// A modelList is an ordered list: lines that were said, or private messages that wait for
// somebody.
type modelList []*modelItem

type modelItem struct {
	n       int // the operation that added it
	text    string
	by      string // its author
	sure    bool   // it is there,
	leaving int    // unless the operation with this number has removed it
}

// done records that an operation is acknowledged and, if it is a sync, all before it.
func (l *modelList) done(n int, sync bool) {
	for _, x := range *l {
		x.sure = x.sure || x.n == n || sync && x.n < n
	}
	*l = slices.DeleteFunc(*l, func(x *modelItem) bool { return x.leaving > 0 && (x.leaving == n || sync && x.leaving < n) })
}

func (l *modelList) leave(n int, by string) {
	for _, x := range *l {
		if (by == "" || x.by == by) && x.leaving == 0 {
			x.leaving = n
		}
	}
}

// found records what was found after a kill. It returns what is wrong with that, or "".
func (l *modelList) found(texts []string) string {
	var now modelList
	for _, x := range *l {
		if len(texts) > 0 && texts[0] == x.text {
			now, texts = append(now, &modelItem{text: x.text, by: x.by, sure: true}), texts[1:]
		} else if x.sure && x.leaving == 0 {
			return fmt.Sprintf("%q is not there, but %.5q", x.text, texts)
		}
	}
	*l = now
	if len(texts) > 0 {
		return fmt.Sprintf("%q is there", texts[0])
	}
	return ""
}

// A model is the expected state.
type model struct {
	random   *rand.Rand
	n        int // number of the last operation
	records  map[string]*modelValue
	people   map[string]*modelValue
	messages map[string]*modelList
	lines    modelList
	here     map[string]bool
	pending  map[int]operation // not acknowledged
}

func newModel(random *rand.Rand) *model {
	m := &model{random: random, records: map[string]*modelValue{}, people: map[string]*modelValue{}, messages: map[string]*modelList{}}
	for _, key := range crashKeys {
		m.people[key] = &modelValue{may: []modelVersion{{}}}
		m.messages[key] = &modelList{}
	}
	m.restart()
	return m
}

// restart records that a new process runs.
func (m *model) restart() { m.here, m.pending = map[string]bool{}, map[int]operation{} }

func (m *model) pick(some ...string) string { return some[m.random.IntN(len(some))] }

// next returns a random operation and records it.
func (m *model) next() operation {
	m.n++
	d := operation{N: m.n, Key: m.pick(crashKeys...), Value: fmt.Sprintf("%q", fmt.Sprint("v", m.n))}
	d.Do = m.pick("write", "write", "strike", "strike", "post", "post", "deliver", "come", "come", "go", "say", "say", "unknow", "forget", "compact", "mark", "count")
	if m.random.IntN(60) == 0 {
		d.Do = "sync"
	}
	if m.random.IntN(20) == 0 {
		d.Value = fmt.Sprintf("%q", fmt.Sprint("v", m.n, strings.Repeat("x", m.random.IntN(100_000))))
	}
	switch here := m.here[d.Key]; {
	case d.Do == "strike":
		d.Do, d.Value = "write", ""
	case d.Do == "come" && here, (d.Do == "go" || d.Do == "say" || d.Do == "forget") && !here, d.Do == "post" && len(*m.messages[d.Key]) > anyNumber.PerRecipient/2:
		d.Do = "write"
	}
	if d.Do == "write" {
		d.Table = m.pick("bans", "names", "inputhistories")
	}
	m.note(&d)
	m.pending[d.N] = d
	return d
}

func (m *model) note(d *operation) {
	switch d.Do {
	case "write":
		at := d.Table + " " + d.Key
		if m.records[at] == nil {
			m.records[at] = &modelValue{may: []modelVersion{{}}}
		}
		m.records[at].set(d.N, d.Value)
	case "post":
		d.Value = d.Value[:min(len(d.Value), text.MaxBytes)] // as long as the server allows
		*m.messages[d.Key] = append(*m.messages[d.Key], &modelItem{n: d.N, text: d.Value})
	case "deliver":
		m.messages[d.Key].leave(d.N, "")
	case "come":
		d.Value = fmt.Sprint("name", d.N)
		m.here[d.Key] = true
		m.people[d.Key].set(d.N, d.Value)
	case "go":
		m.here[d.Key] = false
	case "unknow":
		if !m.here[d.Key] {
			m.people[d.Key].set(d.N, "")
		}
	case "say":
		d.Value = fmt.Sprint("line ", d.N)
		m.lines = append(m.lines, &modelItem{n: d.N, text: d.Value, by: d.Key})
	case "forget":
		m.lines.leave(d.N, d.Key)
		x := m.people[d.Key]
		name := x.may[len(x.may)-1].text
		x.set(d.N, "") // once it has left, or is not online after a kill
		x.set(d.N, name)
		x.unsure = d.N
	}
}

// done records that an operation is acknowledged.
func (m *model) done(n int) {
	d := m.pending[n]
	delete(m.pending, n)
	switch d.Do {
	case "write":
		m.records[d.Table+" "+d.Key].done(n)
	case "post", "deliver":
		m.messages[d.Key].done(n, false)
	case "sync", "end":
		m.lines.done(n, true)
		for _, x := range m.people {
			for _, v := range slices.Backward(x.may) {
				if v.n < n {
					x.done(v.n)
					break
				}
			}
		}
	}
}

// found compares the model with what was found, and continues from that.
func (m *model) found(r report) (wrong []string) {
	for at, x := range m.records {
		if !x.found(r.Records[at]) {
			wrong = append(wrong, fmt.Sprintf("record %s: %s", at, lastOf(x.history)))
		}
		delete(r.Records, at)
	}
	for at, text := range r.Records {
		wrong = append(wrong, fmt.Sprintf("record %s is %q, and was never written", at, text))
	}
	for key, x := range m.people {
		if !x.found(r.People[key]) {
			wrong = append(wrong, fmt.Sprintf("who came with %s: %s", key, lastOf(x.history)))
		}
		if text := m.messages[key].found(r.Messages[key]); text != "" {
			wrong = append(wrong, fmt.Sprintf("private messages for %s: %.200s", key, text))
		}
	}
	if text := m.lines.found(r.Lines); text != "" {
		wrong = append(wrong, fmt.Sprintf("lines: %.200s", text))
	}
	return wrong
}

// lastOf returns the end of a history.
func lastOf(history []string) string {
	var lines []string
	for _, line := range history[max(0, len(history)-12):] {
		lines = append(lines, fmt.Sprintf("%.60s", line))
	}
	return strings.Join(lines, "; ")
}

// A crashChild is the process, as its parent sees it.
type crashChild struct {
	*exec.Cmd
	deeds   *json.Encoder
	reports *json.Decoder
}

func startChild(t *testing.T, dir string) *crashChild {
	t.Helper()
	if found, err := Damages(t.Context(), dir); err != nil || len(found) > 0 {
		t.Errorf("a kill counts as damage: %v, %v", found, err)
	}
	c := &crashChild{Cmd: exec.Command(os.Args[0], "-test.run=^TestCrashProcess$")}
	c.Env = append(os.Environ(), crashDir+"="+dir)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.deeds, c.reports = json.NewEncoder(in), json.NewDecoder(out)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.kill() })
	return c
}

// kill kills the process, and returns what it had reported by then.
func (c *crashChild) kill() (said []report) {
	_ = c.Process.Kill()
	for {
		var r report
		if c.reports.Decode(&r) != nil {
			break
		}
		said = append(said, r)
	}
	_ = c.Wait()
	return said
}

// one returns the next report.
func (c *crashChild) one(t *testing.T) report {
	t.Helper()
	var r report
	if err := c.reports.Decode(&r); err != nil {
		t.Fatalf("the process has ended: %v", err)
	}
	if r.Failed != "" {
		t.Fatalf("the process has failed: %s", r.Failed)
	}
	return r
}

func TestCrashes(t *testing.T) {
	t.Parallel()
	kills, seed := testkit.Amount(leastCrashes, leastCrashes/10), uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv(crashes)); err == nil {
		kills = n
	}
	if n, err := strconv.ParseUint(os.Getenv(crashSeed), 10, 64); err == nil {
		seed = n
	}
	t.Logf("%d kills; again by %s=%d", kills, crashSeed, seed)
	for i := 0; i < kills && !t.Failed(); i += episode {
		runCrashes(t, rand.New(rand.NewPCG(seed, uint64(i))), min(episode, kills-i))
	}
}

// runCrashes kills the process several times in one data directory.
func runCrashes(t *testing.T, random *rand.Rand, kills int) {
	t.Helper()
	m, dir := newModel(random), t.TempDir()
	for range kills {
		c := startChild(t, dir)
		if random.IntN(4) == 0 { // during its start
			time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
			c.kill()
			continue
		}
		runChild(t, m, c)
		if t.Failed() {
			c.kill()
			return
		}
	}
	c := startChild(t, dir)
	if wrong := m.found(c.one(t)); len(wrong) > 0 {
		t.Errorf("at the end: %s", strings.Join(wrong, "\n"))
	}
	c.kill()
}

// runChild makes a process do some operations, and kills it in the middle.
func runChild(t *testing.T, m *model, c *crashChild) {
	t.Helper()
	if wrong := m.found(c.one(t)); len(wrong) > 0 {
		t.Errorf("after %d operations: %s", m.n, strings.Join(wrong, "\n"))
		return
	}
	m.restart()
	deeds := 1 + m.random.IntN(80)
	for range deeds {
		if c.deeds.Encode(m.next()) != nil {
			break // it has exited, and says why
		}
	}
	wait := m.random.IntN(deeds + 1)
	orderly := m.random.IntN(8) == 0
	if orderly {
		m.n++
		m.pending[m.n] = operation{N: m.n, Do: "end"}
		if err := c.deeds.Encode(m.pending[m.n]); err != nil {
			t.Error(err)
			return
		}
		wait = deeds + 1
	}
	for range wait {
		m.done(c.one(t).Done)
	}
	for _, r := range c.kill() {
		m.done(r.Done)
	}
	if orderly {
		for n := range maps.Keys(m.pending) {
			m.done(n)
		}
	}
}
