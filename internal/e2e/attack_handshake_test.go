package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"teahouse/internal/connlimit"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// openHandshakes opens connections from one address to the SSH door, which send their version and
// nothing more.
func (cs *chatServer) openHandshakes(c *heldConns, dialer *net.Dialer, n int, hello string) error {
	for range n {
		conn, err := dialer.Dial("tcp", cs.addrs["ssh"])
		switch {
		case errors.Is(err, syscall.ECONNRESET): // refused, and too many to be told why
			continue
		case err != nil:
			return err
		}
		c.hold(conn)
		_, _ = io.WriteString(conn, hello) // a refused client need not read why
	}
	return nil
}

// Protects users of nc: they do not count as unauthenticated, so a crowd that never logs in, or
// keeps connecting, takes nobody's place.
func TestTCPClientsAreAdmitted(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on", "--metrics", ":0", "--listen", "ssh://127.0.0.1:0", "--listen", "classic://127.0.0.1:0?idle=0")
	const guests, halfOpen = 260, 320 // more than may be unauthenticated at a time
	const kept = 8                    // places that are reserved for operators
	var last net.Conn
	for i := range guests {
		conn, err := dialerFrom(t, fmt.Sprintf("127.0.3.%d", 1+i/26)).Dial("tcp", h.addrs["classic"])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(waitTimeout))
		if _, err := io.ReadFull(conn, make([]byte, len("[127.0.3."))); err != nil {
			t.Fatalf("guest %d: %v", i, err)
		}
		last = conn
	}
	h.waitMetrics(fmt.Sprintf(`teahouse_sessions{door="classic"} %d`, guests))
	c := &heldConns{}
	defer c.close()
	var came time.Time
	eventually(t, "all places for unfinished handshakes are taken", func() bool {
		if time.Since(came) > 15*time.Second { // the first exchange may take 20 s, which soon pass on a busy machine
			came = time.Now()
			c.close()
			for i := range halfOpen / 32 {
				if err := h.openHandshakes(c, dialerFrom(t, fmt.Sprintf("127.0.4.%d", 1+i)), 32, "SSH-2.0-silence\r\n"); err != nil {
					t.Fatal(err)
				}
			}
		}
		return h.metric("teahouse_handshakes") == fmt.Sprint(256+kept)
	})
	if _, err := io.WriteString(last, "who\n"); err != nil {
		t.Fatal(err)
	}
	online := 0
	for in := bufio.NewScanner(last); online < guests && in.Scan(); {
		online += strings.Count(in.Text(), "在线...")
	}
	if online != guests {
		t.Errorf("a guest sees %d of %d guests online", online, guests)
	}
}

// Protects everybody from ten thousand connections that never finish their handshake: users keep
// talking, and new ones get in.
func TestHalfOpenConnections(t *testing.T) {
	t.Parallel()
	const streets = 200
	total := min(testkit.Amount(10_000, 2_000), halfOfOpenFileLimit()/2/streets*streets)
	for name, flags := range map[string][]string{
		"each address held to its limits": nil,
		"only handshakes are limited":     {"--limit-address", "100000", "--limit-connects", "10000000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startServer(t, append(flags, "--limits", "on")...)
			n := h.startBystander(t)
			c := &heldConns{}
			defer c.close()
			var knocking errgroup.Group
			knocking.SetLimit(8)
			began := time.Now()
			for i := range streets {
				dialer := dialerFrom(t, fmt.Sprintf("127.0.1.%d", 1+i))
				hello := ""
				if i%2 == 1 {
					hello = "SSH-2.0-silence\r\n"
				}
				knocking.Go(func() error { return h.openHandshakes(c, dialer, total/2/streets, hello) })
			}
			if err := knocking.Wait(); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d connections in %v", len(c.conns), time.Since(began).Round(time.Millisecond))
			eventually(t, "carol gets in, and sees the bystander", func() bool {
				return runClient(t, withCommand(h.ssh("carol"), "who")).out == "neighbour\n"
			})
			n.finish()
		})
	}
}

// Protects the server from handshakes that trickle for ever, a byte at a time: they end at their
// timeout, and meanwhile everybody gets in.
func TestSlowHandshakes(t *testing.T) {
	testkit.Soak(t, "it waits for the server's handshake timeout; sshd.TestHandshakeTimeout sets a shorter one")
	t.Parallel()
	h := startServer(t, "--limits", "on")
	n := h.startBystander(t)
	ended := make(chan error, 40)
	for i := range cap(ended) {
		conn, err := dialerFrom(t, fmt.Sprintf("127.0.2.%d", 1+i%4)).Dial("tcp", h.addrs["ssh"])
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() { ended <- writeSlowly(conn) }()
	}
	runClient(t, withCommand(h.ssh("carol"), "who")).check(t, 0, "neighbour\n", "")
	for range cap(ended) {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(2 * waitTimeout):
			t.Fatal("a slow handshake was never ended")
		}
	}
	n.finish()
}

// writeSlowly sends a byte per second of a plausible handshake, until the connection is closed.
func writeSlowly(conn net.Conn) error {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_, _ = io.Copy(io.Discard, conn)
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for hello := "SSH-2.0-" + strings.Repeat("x", 200); hello != ""; hello = hello[1:] {
		if _, err := io.WriteString(conn, hello[:1]); err != nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-closed:
			return nil
		}
	}
	return fmt.Errorf("a handshake sent a whole line, a byte per second, and was not ended")
}

// Protects the server from an address that takes all connections: the first one too many is
// refused, with a sentence that stock clients show, and those from elsewhere are not.
func TestTooManyFromOneAddress(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on", "--limit-address", "32", "--listen", "ssh://127.0.0.1:0", "--listen", "classic://127.0.0.1:0?idle=0", "--listen", "gopl://127.0.0.1:0")
	h.holdConns(t, 32)
	runClient(t, withCommand(h.ssh("alice"), "who")).check(t, 255, "",
		testkit.English("connlimit-too-many-from-address", 32))
	for door, sentence := range map[string]string{
		"classic": testkit.Chinese(connlimit.TooManyFromAddress, 32),
		"gopl":    testkit.English(connlimit.TooManyFromAddress, 32),
	} {
		t.Run(door, func(t *testing.T) { h.ncTo(door).expect(sentence) })
	}
	elsewhere := h.mustConnect(t, sshOptions{name: "bob", dialer: dialerFrom(t, "127.0.0.2")})
	if who, err := elsewhere.exec("who"); err != nil || strings.Count(who, "\n") != 32 {
		t.Errorf("from another address, bob's who answers %q, %v", who, err)
	}
}

// Protects the server from too many connections altogether: more are refused, and told why, until
// somebody leaves. Operators still get in, and so do users on the machine itself.
func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	dialerFrom(t, "127.0.0.2")
	h := startServer(t, "--limits", "on", "--limit-connections", "5")
	id := newKey(t)
	op := launch(t, h.sshAs("op", append(withKey(id), "-tt")...)...)
	op.sendLines(h.waitLog("there is no operator; connect with a key and type this line")["line"] + "\r")
	op.expect(testkit.EnglishPart(reply.YouAreOperator, 0))
	op.kill()
	h.holdConns(t, 4)
	last := h.nc("last")
	elsewhere := []string{"-b", "127.0.0.2"}
	runClient(t, withCommand(h.ssh("alice", elsewhere...), "who")).check(t, 75, "", testkit.English("connlimit-server-full")+"\n")
	conn, err := dialerFrom(t, "127.0.0.2").Dial("tcp", h.addrs["classic"])
	if err != nil {
		t.Fatal(err)
	}
	if said, err := io.ReadAll(conn); err != nil || !strings.Contains(string(said), testkit.Chinese(connlimit.ServerFull)) {
		t.Errorf("with the server full, nc reads %q, %v", said, err)
	}
	conn.Close()
	runClient(t, withCommand(h.sshAs("op", append(withKey(id), elsewhere...)...), "say from afar")).check(t, 0, "", "")
	last.expect("from afar")
	if who := runClient(t, withCommand(h.ssh("alice"), "who")); who.code != 0 {
		t.Errorf("with the server full, ssh from the machine itself ends with %v", who)
	}
	last.kill()
	eventually(t, "alice gets in once somebody has left", func() bool { return runClient(t, withCommand(h.ssh("alice", elsewhere...), "who")).code == 0 })
}

// holdConns opens connections to the classic door and holds them.
func (cs *chatServer) holdConns(t *testing.T, n int) {
	t.Helper()
	for range n {
		conn, err := net.Dial("tcp", cs.addrs["classic"])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
}
