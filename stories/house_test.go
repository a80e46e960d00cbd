package stories

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A house is a running teahouse.
type house struct {
	*client
	data        string            // its data directory
	addrs       map[string]string // by the name of the door
	fingerprint string            // of the host key
	hosts       string            // the file of known hosts that people at its SSH door use
}

// start starts a teahouse and waits until it listens: at an SSH and at a
// classic door and without limits, unless flags say otherwise. In the end it is told to stop, and
// must do so without complaint.
func start(t *testing.T, flags ...string) *house {
	t.Helper()
	return startIn(t, filepath.Join(t.TempDir(), "data"), flags...)
}

// startIn is start with a data directory.
func startIn(t *testing.T, data string, flags ...string) *house {
	t.Helper()
	need(t, "ssh", "ssh-keygen")
	h := &house{
		client: launch(t, houseLine(data, flags...)...),
		data:   data,
		addrs:  map[string]string{},
		hosts:  filepath.Join(t.TempDir(), "known_hosts"),
	}
	t.Cleanup(func() {
		if !h.isGone() {
			h.ends()
		}
		h.checkLog()
	})
	eventually(t, "the house is open", func() bool { return h.isGone() || h.logged("host key") != nil })
	if h.isGone() {
		t.Fatal("the house did not open")
	}
	for _, e := range h.log() {
		if e["msg"] == "listening" {
			h.addrs[e["door"]] = e["addr"]
		}
	}
	h.fingerprint = h.logged("host key")["fingerprint"]
	return h
}

// houseLine is the command line of a house.
func houseLine(data string, flags ...string) []string {
	if !slices.Contains(flags, "--listen") {
		flags = append(flags, "--listen", "ssh://127.0.0.1:0", "--listen", "classic://127.0.0.1:0?idle=0")
	}
	if !slices.Contains(flags, "--limits") {
		flags = append(flags, "--limits", "off") // all stories' people come from one address
	}
	return append([]string{program("teahouse"), "--log-format", "json", "--data", data}, flags...)
}

// ends has the house stop. Where it waits for a store that the story has taken away, it is told
// again, and waits no longer.
func (h *house) ends() {
	h.t.Helper()
	h.signal(syscall.SIGTERM)
	eventually(h.t, "the house ends, or waits for its store", func() bool {
		return h.isGone() || h.logged("what was said last is not stored yet; waiting for that") != nil
	})
	if h.isGone() {
		h.exits(0)
		return
	}
	_ = h.process.Signal(syscall.SIGTERM) // it may have ended meanwhile
	eventually(h.t, "the house ends", h.isGone)
}

func (h *house) signal(sig syscall.Signal) {
	h.t.Helper()
	if err := h.process.Signal(sig); err != nil {
		h.t.Errorf("%v: %v", sig, err)
	}
}

// checkLog looks for what a server must never write.
func (h *house) checkLog() {
	for _, bad := range []string{"DATA RACE", "panic", "fault in teahouse"} {
		if strings.Contains(h.err.String(), bad) {
			h.t.Errorf("the log has: %s", bad)
		}
	}
}

// log returns the log so far.
func (h *house) log() []map[string]string {
	var entries []map[string]string
	for line := range strings.Lines(h.err.String()) {
		var raw map[string]any
		if json.Unmarshal([]byte(line), &raw) != nil {
			continue
		}
		e := map[string]string{}
		for key, value := range raw {
			e[key] = fmt.Sprint(value)
		}
		entries = append(entries, e)
	}
	return entries
}

// logged returns the first entry of the log with that message and those pairs
// of key and value, or nil.
func (h *house) logged(msg string, pairs ...string) map[string]string {
	for _, e := range h.log() {
		ok := e["msg"] == msg
		for i := 0; i < len(pairs); i += 2 {
			ok = ok && e[pairs[i]] == pairs[i+1]
		}
		if ok {
			return e
		}
	}
	return nil
}

// at returns where a door is.
func (h *house) at(door string) (host, port string) {
	h.t.Helper()
	host, port, err := net.SplitHostPort(h.addrs[door])
	if err != nil {
		h.t.Fatalf("the %s door: %v", door, err)
	}
	return host, port
}

// port returns the port of a door.
func (h *house) port(door string) string {
	h.t.Helper()
	_, port := h.at(door)
	return port
}

// until waits until the log has an entry.
func (h *house) until(msg string, pairs ...string) map[string]string {
	h.t.Helper()
	eventually(h.t, "the log says "+msg+" "+strings.Join(pairs, " "), func() bool { return h.logged(msg, pairs...) != nil })
	return h.logged(msg, pairs...)
}
