package stories

import (
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pires/go-proxyproto"
)

// balancer is the address from which balancers connect.
const balancer = "127.0.0.9"

// through returns the house as somebody sees it who comes from a client's address by
// way of a balancer.
func (h *house) through(t *testing.T, client string) *house {
	t.Helper()
	seen := *h
	seen.addrs = map[string]string{}
	for door, addr := range h.addrs {
		seen.addrs[door] = balance(t, addr, client)
	}
	return &seen
}

// balance starts a balancer before a door and returns where it listens. All who come
// there come from one client's address.
func balance(t *testing.T, door, client string) (addr string) {
	t.Helper()
	dialer := from(t, balancer)
	l, err := net.Listen("tcp", host+":0")
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
			go carry(c, dialer, door, header)
		}
	}()
	return l.Addr().String()
}

// carry brings one connection to a door, and ends when both sides have.
func carry(c net.Conn, dialer *net.Dialer, door string, header *proxyproto.Header) {
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
	both.Go(func() { pass(there, c) })
	both.Go(func() { pass(c, there) })
	both.Wait()
}

// pass passes on what one side says, and that it has no more to say.
func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.(*net.TCPConn).CloseWrite()
}

// Protects people behind a balancer from each other: each has an address of its own,
// for limits, bans, names and operators. Who comes past it is who it is.
func TestBehindABalancer(t *testing.T) {
	t.Parallel()
	list, root := filepath.Join(t.TempDir(), "operators"), newKey(t)
	listKey(t, list, root)
	h := start(t, "--proxy-protocol", balancer+"/32", "--limits", "on", "--limit-address", "2", "--operators", list)
	near, far := h.through(t, "192.0.2.7:4000"), h.through(t, "[2001:db8::7]:4000")

	alice := launch(t, near.ssh("alice", "-T")...)
	alice.sees("* alice joined\n")
	bob := near.ncAt("classic")
	bob.sees("[192.0.2.7:4000]192.0.2.7:4000:已上线\n")
	h.until("connected", "user", "alice", "addr", "192.0.2.7:4000")
	ask(t, with(near.ssh("carol"), "who")).want(t, 255, "", "the limit is 2")
	near.ncAt("classic").sees("2")
	ask(t, with(far.ssh("dora"), "say from afar")).want(t, 0, "", "")
	far.ncAt("classic").sees("[[2001:db8::7]:4000]")
	bob.sees("]dora:from afar\n")

	r := h.asks("root", root, "whois alice")
	if !strings.Contains(r.out, "from 192.0.2.7\n") {
		t.Errorf("an operator is told %+v", r)
	}
	if r := ask(t, with(far.ssh("dora"), "whois alice")); strings.Contains(r.out, "192.0.2.7") {
		t.Errorf("others are told %+v", r)
	}
	h.asks("root", root, "ban 192.0.2.7")
	alice.exits(1)
	ask(t, with(near.ssh("eve"), "who")).want(t, 1, "", "You are banned from this house")
	if r := ask(t, with(far.ssh("dora"), "who")); r.code != 0 {
		t.Errorf("somebody else behind the balancer: %+v", r)
	}
	direct := h.ncAt("classic")
	direct.types("PROXY TCP4 198.51.100.1 198.51.100.2 1 2")
	direct.sees("[127.0.0.1:", ":PROXY TCP4 198.51.100.1 198.51.100.2 1 2\n")
	direct.hasNotSeen("[198.51.100.1")
}

// Protects the doors from what balancers do beside bringing people: health checks are
// let in, what has no header is not, and what says nothing keeps nobody waiting.
func TestBalancerWithoutHeaders(t *testing.T) {
	t.Parallel()
	h := start(t, "--proxy-protocol", balancer+"/32,fd00::/8", "--log-level", "debug", "--metrics", ":0")
	h.until("connections from here must begin with a PROXY header, which says whose they are", "network", "fd00::/8")
	dialer := from(t, balancer)
	silent := &crowd{}
	defer silent.close()
	for range 200 {
		conn, err := dialer.Dial("tcp", h.addrs["ssh"])
		if err != nil {
			t.Fatal(err)
		}
		silent.hold(conn)
	}
	ask(t, with(h.through(t, "192.0.2.7:4000").ssh("alice"), "say hello")).want(t, 0, "", "")
	ask(t, with(h.ssh("bob", "-b", balancer), "who")).want(t, 255, "", "")
	h.until("connection from a balancer dropped", "why", "proxyproto: proxy protocol signature not present")
	h.until("connections from a balancer had no right PROXY header")
	h.shows(`teahouse_balancer_dropped_total{reason="malformed"} 1`)
	ask(t, with(h.ssh("bob"), "who")).want(t, 0, "", "")

	check, err := dialer.Dial("tcp", h.addrs["classic"])
	if err != nil {
		t.Fatal(err)
	}
	defer check.Close()
	if _, err := check.Write([]byte("PROXY UNKNOWN\r\n")); err != nil {
		t.Fatal(err)
	}
	h.until("connected", "door", "classic", "addr", check.LocalAddr().String())
}

// Protects all doors: at each of them people behind a balancer have their address.
func TestEveryDoorBehindABalancer(t *testing.T) {
	t.Parallel()
	doors := []string{"ssh", "classic", "realtime", "im", "gopl", "relay"}
	flags := []string{"--proxy-protocol", balancer + "/32"}
	for _, door := range doors {
		flags = append(flags, "--listen", door+"://127.0.0.1:0")
	}
	h := start(t, flags...)
	near := h.through(t, "192.0.2.7:4000")
	for _, door := range doors[1:] {
		near.ncAt(door)
		h.until("connected", "door", door, "addr", "192.0.2.7:4000")
	}
	ask(t, near.ssh("alice", "-T"))
	h.until("connected", "door", "ssh", "addr", "192.0.2.7:4000")
}
