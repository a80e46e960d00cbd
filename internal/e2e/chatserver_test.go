package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A chatServer is a running teahouse.
type chatServer struct {
	*client
	data        string            // its data directory
	addrs       map[string]string // by the name of the door
	fingerprint string            // of the host key
	knownHosts  string            // known_hosts for its SSH door
}

// A parsedLog is what a program has logged on standard error, as far as it has been read.
type parsedLog struct {
	mu      sync.Mutex
	entries []map[string]string
	read    int // length in bytes
}

// startServer starts a teahouse and waits until it listens: at an SSH and a classic door and
// without limits, unless flags say otherwise. At the end it must stop without an error.
func startServer(t *testing.T, flags ...string) *chatServer {
	t.Helper()
	return startServerIn(t, filepath.Join(t.TempDir(), "data"), flags...)
}

// startServerIn is startServer with a data directory.
func startServerIn(t *testing.T, data string, flags ...string) *chatServer {
	t.Helper()
	requirePrograms(t, "ssh", "ssh-keygen")
	h := &chatServer{
		client:     launch(t, serverCommand(data, flags...)...),
		data:       data,
		addrs:      map[string]string{},
		knownHosts: filepath.Join(t.TempDir(), "known_hosts"),
	}
	t.Cleanup(func() {
		if !h.hasExited() {
			h.stop()
		}
		h.checkLog()
	})
	eventually(t, "the server listens", func() bool { return h.hasExited() || h.findLog("host key") != nil })
	if h.hasExited() {
		t.Fatal("the server ended before it listened")
	}
	for _, e := range h.log() {
		if e["msg"] == "listening" {
			h.addrs[e["door"]] = e["addr"]
		}
	}
	h.fingerprint = h.findLog("host key")["fingerprint"]
	return h
}

// serverCommand returns the command line of a server.
func serverCommand(data string, flags ...string) []string {
	if !slices.Contains(flags, "--listen") {
		flags = append(flags, "--listen", "ssh://127.0.0.1:0", "--listen", "classic://127.0.0.1:0?idle=0")
	}
	if !slices.Contains(flags, "--limits") {
		flags = append(flags, "--limits", "off") // all users of all tests have one address
	}
	return append([]string{program("teahouse"), "--log-format", "json", "--data", data}, flags...)
}

// stop stops the server. If it waits for a store that the test has taken away, a second signal ends
// it.
func (cs *chatServer) stop() {
	cs.t.Helper()
	cs.signal(syscall.SIGTERM)
	eventually(cs.t, "the server ends, or logs that it waits for its store", func() bool {
		return cs.hasExited() || cs.findLog("the latest messages are not stored yet; waiting") != nil
	})
	if cs.hasExited() {
		cs.waitExit(0)
		return
	}
	_ = cs.process.Signal(syscall.SIGTERM) // it may have ended by now
	eventually(cs.t, "the server ends", cs.hasExited)
}

func (cs *chatServer) signal(sig syscall.Signal) {
	cs.t.Helper()
	if err := cs.process.Signal(sig); err != nil {
		cs.t.Errorf("%v: %v", sig, err)
	}
}

// checkLog checks the log for messages that a server must never write.
func (cs *chatServer) checkLog() {
	for _, bad := range []string{"DATA RACE", "panic", "bug in teahouse"} {
		if strings.Contains(cs.err.String(), bad) {
			cs.t.Errorf("the server's log has: %s", bad)
		}
	}
}

// log returns the log so far.
func (cs *chatServer) log() []map[string]string {
	l := &cs.parsed
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(cs.err.String()[l.read:]) {
		if !strings.HasSuffix(line, "\n") {
			break // the line is incomplete
		}
		l.read += len(line)
		var raw map[string]any
		if json.Unmarshal([]byte(line), &raw) != nil {
			continue
		}
		e := map[string]string{}
		for key, value := range raw {
			e[key] = fmt.Sprint(value)
		}
		l.entries = append(l.entries, e)
	}
	return slices.Clip(l.entries)
}

// findLog returns the first entry of the log with a message and some pairs of key and value, or
// nil.
func (cs *chatServer) findLog(msg string, pairs ...string) map[string]string {
	for _, e := range cs.log() {
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

// doorAddr returns the address of a door.
func (cs *chatServer) doorAddr(door string) (host, port string) {
	cs.t.Helper()
	host, port, err := net.SplitHostPort(cs.addrs[door])
	if err != nil {
		cs.t.Fatalf("the log has no address of the %s door: %v", door, err)
	}
	return host, port
}

// port returns the port of a door.
func (cs *chatServer) port(door string) string {
	cs.t.Helper()
	_, port := cs.doorAddr(door)
	return port
}

// waitLog waits until the log has an entry.
func (cs *chatServer) waitLog(msg string, pairs ...string) map[string]string {
	cs.t.Helper()
	eventually(cs.t, "the log says "+msg+" "+strings.Join(pairs, " "), func() bool { return cs.findLog(msg, pairs...) != nil })
	return cs.findLog(msg, pairs...)
}
