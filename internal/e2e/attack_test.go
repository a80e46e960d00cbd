package e2e

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// dialerFrom returns a dialer that uses an address of this machine. Not every system has more than
// one.
func dialerFrom(t *testing.T, ip string) *net.Dialer {
	t.Helper()
	l, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Skipf("there is no address %s here: %v", ip, err)
	}
	l.Close()
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}, Timeout: waitTimeout}
}

// An sshOptions says how a client connects to the SSH door.
type sshOptions struct {
	name, version string
	key           gossh.Signer // nil for none
	dialer        *net.Dialer  // nil for the default
	sourceAddr    string       // its address for a server behind a balancer, or ""
	rekeyAfter    uint64       // rekeys after this many bytes, unless 0
	wrap          func(net.Conn) net.Conn
}

// dial connects to a door.
func (cs *chatServer) dial(door string, s sshOptions) (net.Conn, error) {
	dialer := s.dialer
	switch {
	case s.sourceAddr != "":
		dialer = &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(balancerAddr)}, Timeout: waitTimeout}
	case dialer == nil:
		dialer = &net.Dialer{Timeout: waitTimeout}
	}
	conn, err := dialer.Dial("tcp", cs.addrs[door])
	if err != nil || s.sourceAddr == "" {
		return conn, err
	}
	from := &net.TCPAddr{IP: net.ParseIP(s.sourceAddr), Port: 4000}
	if _, err := proxyproto.HeaderProxyFromAddrs(2, from, conn.RemoteAddr()).WriteTo(conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// connectSSH connects to the SSH door and completes the handshake.
func (cs *chatServer) connectSSH(s sshOptions) (*gossh.Client, error) {
	config := &gossh.ClientConfig{
		User:            s.name,
		ClientVersion:   s.version,
		HostKeyCallback: gossh.InsecureIgnoreHostKey(), // login_test.go checks it
	}
	if s.key != nil {
		config.Auth = append(config.Auth, gossh.PublicKeys(s.key))
	}
	config.Auth = append(config.Auth, gossh.KeyboardInteractive(answerNothing))
	config.RekeyThreshold = s.rekeyAfter
	conn, err := cs.dial("ssh", s)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(waitTimeout)) // until it is in
	if s.wrap != nil {
		conn = s.wrap(conn)
	}
	c, channels, requests, err := gossh.NewClientConn(conn, cs.addrs["ssh"], config)
	if err != nil {
		conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return gossh.NewClient(c, channels, requests), nil
}

// mustConnect is connectSSH for a client that must get in.
func (cs *chatServer) mustConnect(t *testing.T, s sshOptions) *sshClient {
	t.Helper()
	client, err := cs.connectSSH(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &sshClient{t, client}
}

// A terminalClient is a client with a terminal that records the raw bytes it receives.
type terminalClient struct {
	*sshClient
	name  string
	stdin io.Writer
	raw   *testkit.Recorder
}

// openTerminal connects a client with a terminal.
func (cs *chatServer) openTerminal(t *testing.T, s sshOptions) *terminalClient {
	t.Helper()
	b := cs.mustConnect(t, s)
	stdin, stdout := b.terminal()
	p := &terminalClient{sshClient: b, name: s.name, stdin: stdin, raw: readAll(t, s.name, stdout)}
	p.expect(testkit.EnglishPart("sshd-welcome-line", 0))
	p.send(emptyPaste)
	return p
}

func (c *terminalClient) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.stdin, text); err != nil {
		c.t.Fatalf("%s cannot type %.40q: %v", c.name, text, err)
	}
}

func (c *terminalClient) expect(texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		eventually(c.t, c.name+" sees: "+text, func() bool { return strings.Contains(stripStyles(c.raw.String()), text) })
	}
}

// exec runs a command on the connection.
func (c *sshClient) exec(command string) (out string, err error) {
	s := c.session()
	defer s.Close()
	var complaint testkit.Recorder
	s.Stderr = &complaint
	got, err := s.Output(command)
	if err != nil {
		err = fmt.Errorf("%w: %s", err, complaint.String())
	}
	return string(got), err
}

// makeOperator makes the owner of a key the first operator.
func (cs *chatServer) makeOperator(t *testing.T, name string) *terminalClient {
	t.Helper()
	op := cs.openTerminal(t, sshOptions{name: name, key: testkit.NewSigner(t)})
	op.send(cs.waitLog("there is no operator; connect with a key and type this line")["line"] + "\r")
	op.expect(testkit.EnglishPart(reply.YouAreOperator, 0))
	return op
}

// A heldConns is a set of idle connections.
type heldConns struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (c *heldConns) hold(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = append(c.conns, conn)
}

func (c *heldConns) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // leaves no port in TIME_WAIT
		}
		_ = conn.Close()
	}
	c.conns = nil
}

// halfOfOpenFileLimit returns half of the limit of open files, which this test may use.
func halfOfOpenFileLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 256
	}
	return int(min(limit.Cur, 1<<20))
}

// stopInTime stops a server and checks that it ends in time.
func (cs *chatServer) stopInTime(t *testing.T) {
	t.Helper()
	began := time.Now()
	cs.signal(syscall.SIGTERM)
	cs.waitExit(0)
	if took := time.Since(began); took > stopTimeout {
		t.Errorf("the server took %v to stop", took)
	}
	if e := cs.findLog("not every client read that the server is stopping"); e != nil {
		t.Errorf("the log has a warning: %v", e)
	}
}
