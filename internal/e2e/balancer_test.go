package e2e

import (
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pires/go-proxyproto"

	"teahouse/internal/connlimit"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// balancerAddr is the address from which balancers connect.
const balancerAddr = "127.0.0.9"

// viaBalancer returns the server as seen by a client at an address that connects through a
// balancer.
func (cs *chatServer) viaBalancer(t *testing.T, client string) *chatServer {
	t.Helper()
	seen := *cs
	seen.addrs = map[string]string{}
	for door, addr := range cs.addrs {
		seen.addrs[door] = startBalancer(t, addr, client)
	}
	return &seen
}

// startBalancer starts a balancer in front of a door and returns where it listens. All its clients
// have one address.
func startBalancer(t *testing.T, door, client string) (addr string) {
	t.Helper()
	dialer := dialerFrom(t, balancerAddr)
	l, err := net.Listen("tcp", sshHost+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	source := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(client))
	header := proxyproto.HeaderProxyFromAddrs(2, source, l.Addr())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go forwardConn(c, dialer, door, header)
		}
	}()
	return l.Addr().String()
}

// forwardConn forwards one connection to a door, and returns when both sides have ended.
func forwardConn(c net.Conn, dialer *net.Dialer, door string, header *proxyproto.Header) {
	defer c.Close()
	there, err := dialer.Dial("tcp", door)
	if err != nil {
		return
	}
	defer there.Close()
	if _, err := header.WriteTo(there); err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { copyOneWay(there, c) })
	both.Go(func() { copyOneWay(c, there) })
	both.Wait()
}

// copyOneWay forwards the data of one side, and the end of it.
func copyOneWay(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.(*net.TCPConn).CloseWrite()
}

// Protects people behind a balancer from each other: each has their own address, for limits, bans,
// names and operators. Clients that bypass the balancer keep theirs.
func TestBehindABalancer(t *testing.T) {
	t.Parallel()
	list, root := filepath.Join(t.TempDir(), "operators"), newKey(t)
	writeKeyList(t, list, root)
	h := startServer(t, "--proxy-protocol", balancerAddr+"/32", "--limits", "on", "--limit-address", "2", "--operators", list)
	near, far := h.viaBalancer(t, "192.0.2.7:4000"), h.viaBalancer(t, "[2001:db8::7]:4000")

	alice := launch(t, near.ssh("alice", "-T")...)
	alice.expect("* alice joined\n")
	bob := near.ncTo("classic")
	bob.expect("[192.0.2.7:4000]192.0.2.7:4000:已上线\n")
	h.waitLog("connected", "user", "alice", "addr", "192.0.2.7:4000")
	runClient(t, withCommand(near.ssh("carol"), "who")).check(t, 255, "", testkit.English(connlimit.TooManyFromAddress, 2))
	near.ncTo("classic").expect("2")
	runClient(t, withCommand(far.ssh("dora"), "say from afar")).check(t, 0, "", "")
	far.ncTo("classic").expect("[[2001:db8::7]:4000]")
	bob.expect("]dora:from afar\n")

	r := h.exec("root", root, "whois alice")
	if !strings.Contains(r.out, "from 192.0.2.7\n") {
		t.Errorf("whois shows an operator %+v, want the client's address", r)
	}
	if r := runClient(t, withCommand(far.ssh("dora"), "whois alice")); strings.Contains(r.out, "192.0.2.7") {
		t.Errorf("whois shows others %+v, want no address", r)
	}
	h.exec("root", root, "ban 192.0.2.7")
	alice.waitExit(1)
	runClient(t, withCommand(near.ssh("eve"), "who")).check(t, 1, "", testkit.English(reply.BannedForGood))
	if r := runClient(t, withCommand(far.ssh("dora"), "who")); r.code != 0 {
		t.Errorf("somebody else behind the balancer gets %+v", r)
	}
	direct := h.ncTo("classic")
	direct.sendLines("PROXY TCP4 198.51.100.1 198.51.100.2 1 2")
	direct.expect("[127.0.0.1:", ":PROXY TCP4 198.51.100.1 198.51.100.2 1 2\n")
	direct.expectNot("[198.51.100.1")
}

// Protects the doors from other things that balancers do: health checks are accepted, connections
// without a header are not, and silent ones delay nobody.
func TestBalancerWithoutHeaders(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--proxy-protocol", balancerAddr+"/32,fd00::/8", "--log-level", "debug", "--metrics", ":0")
	h.waitLog("connections from this network must begin with a PROXY header", "network", "fd00::/8")
	dialer := dialerFrom(t, balancerAddr)
	silent := &heldConns{}
	defer silent.close()
	for range 200 {
		conn, err := dialer.Dial("tcp", h.addrs["ssh"])
		if err != nil {
			t.Fatal(err)
		}
		silent.hold(conn)
	}
	runClient(t, withCommand(h.viaBalancer(t, "192.0.2.7:4000").ssh("alice"), "say hello")).check(t, 0, "", "")
	runClient(t, withCommand(h.ssh("bob", "-b", balancerAddr), "who")).check(t, 255, "", "")
	h.waitLog("connection from a balancer dropped", "why", "proxyproto: proxy protocol signature not present")
	h.waitLog("connections from a balancer had no valid PROXY header")
	h.waitMetrics(`teahouse_proxy_dropped_total{reason="malformed"} 1`)
	runClient(t, withCommand(h.ssh("bob"), "who")).check(t, 0, "", "")

	check, err := dialer.Dial("tcp", h.addrs["classic"])
	if err != nil {
		t.Fatal(err)
	}
	defer check.Close()
	if _, err := check.Write([]byte("PROXY UNKNOWN\r\n")); err != nil {
		t.Fatal(err)
	}
	h.waitLog("connected", "door", "classic", "addr", check.LocalAddr().String())
}

// Protects all doors: at each of them, people behind a balancer have their own address.
func TestEveryDoorBehindABalancer(t *testing.T) {
	t.Parallel()
	doors := []string{"ssh", "classic", "realtime", "im", "gopl", "relay"}
	flags := []string{"--proxy-protocol", balancerAddr + "/32"}
	for _, door := range doors {
		flags = append(flags, "--listen", door+"://127.0.0.1:0")
	}
	h := startServer(t, flags...)
	near := h.viaBalancer(t, "192.0.2.7:4000")
	for _, door := range doors[1:] {
		near.ncTo(door)
		h.waitLog("connected", "door", door, "addr", "192.0.2.7:4000")
	}
	runClient(t, near.ssh("alice", "-T"))
	h.waitLog("connected", "door", "ssh", "addr", "192.0.2.7:4000")
}
