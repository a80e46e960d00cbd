package e2e

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// stopTimeout is how long a server may take to stop, even on a busy machine: after that time a
// container is killed.
const stopTimeout = 10 * time.Second

// overflowWindow says more than fits into the window of a client that does not read, the 2 MiB of
// SSH. It waits until the room has read all of it, and for nothing else: on a busy machine the 10 s
// after which such a client is disconnected pass quickly.
func (cs *chatServer) overflowWindow(t *testing.T) {
	t.Helper()
	flood := launch(t, cs.ssh("flood", "-T")...)
	flood.send(strings.Repeat(strings.Repeat("x", 3900)+"\n", 580) + "that was all\n")
	eventually(t, "others have read all lines", func() bool {
		return strings.Contains(runClient(t, withCommand(cs.ssh("asker"), "history 1")).out, "that was all")
	})
}

// Protects users from a server that just disappears: at every door they are told that it stops, and
// it ends in time, with exit code 0.
func TestStopIsAnnounced(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--listen", "ssh://127.0.0.1:0", "--listen", "classic://127.0.0.1:0?idle=0", "--listen", "gopl://127.0.0.1:0")
	alice, bob := h.enter("alice"), h.nc("bob")
	pipe := launch(t, h.ssh("pipe", "-T")...)
	pipe.expect("* pipe joined\n")
	gopl := h.ncTo("gopl")
	gopl.expect("You are 127.0.0.1:")
	menu := h.menu("carol")
	alice.typeText("half a sentence")
	alice.expectRow("> half a sentence")

	began := time.Now()
	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	if took := time.Since(began); took > stopTimeout {
		t.Errorf("the server took %v to stop", took)
	}
	alice.expect("\n* "+testkit.English(reply.GoodbyeStopping)+"\n", "[exit 0]")
	alice.expectNot("half a sentence")
	pipe.waitExit(1)
	pipe.expectStderr(testkit.English(reply.GoodbyeStopping) + "\n")
	for c, text := range map[*client]string{
		bob:  testkit.Chinese(reply.GoodbyeStopping) + "\n",
		gopl: testkit.English(reply.GoodbyeStopping) + "\n",
		menu: testkit.Chinese(reply.GoodbyeStopping) + "\n",
	} {
		c.expect(text)
	}
	menu.waitExit(1)
	menu.expectStderr(testkit.English("menu-server-closed"))
	gopl.expectNot("has left")
	bob.expectNot("已下线")
}

// Protects operators from a client that does not read: it cannot keep the server from stopping in
// time.
func TestStopWithStuckClient(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	h.sshClient(t, "stuck").terminal() // and never reads
	h.waitLog("connected", "user", "stuck")
	h.overflowWindow(t)

	began := time.Now()
	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	if took := time.Since(began); took > stopTimeout {
		t.Errorf("the server took %v to stop", took)
	}
	if h.findLog("not every client read that the server is stopping") == nil {
		t.Error("the log does not say that a client did not read everything")
	}
}

// Protects operators who cannot wait: a second signal ends the server at once.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	h.sshClient(t, "stuck").terminal() // and never reads
	h.waitLog("connected", "user", "stuck")
	h.overflowWindow(t)

	h.signal(syscall.SIGTERM)
	h.waitLog("stopping")
	h.signal(syscall.SIGINT)
	h.waitExit(1)
	// It does not log this: the log may be what hangs.
	if h.findLog("stopped") != nil {
		t.Error("at the second signal, the server did not end at once")
	}
}

// Protects operators from a server that hangs at the start: it can be stopped while it waits for
// NATS servers that do not answer.
func TestStopWhileOpening(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", sshHost+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for name, url := range map[string]string{
		"nobody is there":      "nats://" + net.JoinHostPort(sshHost, strconv.Itoa(freePort(t, sshHost))),
		"somebody who is mute": "nats://" + silent.Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			c := launch(t, program("teahouse"), "--data", data, "--nats", url, "--listen", "ssh://127.0.0.1:0")
			eventually(t, "the server has made its host key", func() bool { return exists(filepath.Join(data, "ssh_host_ed25519_key")) })
			began := time.Now()
			if err := c.process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			c.waitExit(0) // stopping it must not leave a failed unit
			if took := time.Since(began); took > stopTimeout {
				t.Errorf("the server took %v to stop", took)
			}
		})
	}
}
