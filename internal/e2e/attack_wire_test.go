package e2e

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// A wireClient is an SSH client that the test controls byte by byte: libraries insist on decent
// windows and versions. It trusts the server.
type wireClient struct {
	conn       net.Conn
	r          *bufio.Reader
	recv, sent packetStream
}

// A packetStream is the state of one direction of a connection (RFC 4253, 6; OpenSSH's PROTOCOL,
// 1.5: encrypt-then-MAC, with the length in the clear).
type packetStream struct {
	stream cipher.Stream // nil before there are keys
	mac    []byte        // the key for it
	seq    uint32
}

const macSize = sha256.Size

func (w *wireClient) send(message any) error {
	payload, ok := message.([]byte)
	if !ok {
		payload = gossh.Marshal(message)
	}
	const block, leastPadding = 16, 4
	d := &w.sent
	head := 5 // must be a multiple of the block; includes the length unless that is in the clear
	if d.stream != nil {
		head = 1
	}
	padding := block - (head+len(payload))%block
	if padding < leastPadding {
		padding += block
	}
	packet := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	packet = append(append(packet, byte(padding)), payload...)
	packet = append(packet, make([]byte, padding)...)
	if d.stream != nil {
		d.stream.XORKeyStream(packet[4:], packet[4:])
		mac := hmac.New(sha256.New, d.mac)
		mac.Write(binary.BigEndian.AppendUint32(nil, d.seq))
		mac.Write(packet)
		packet = mac.Sum(packet)
	}
	d.seq++
	_, err := w.conn.Write(packet)
	return err
}

// receive returns the next packet of one of the given types, and skips others.
func (w *wireClient) receive(types ...byte) ([]byte, error) {
	for {
		payload, err := w.readPacket()
		if err != nil {
			return nil, err
		}
		if strings.IndexByte(string(types), payload[0]) >= 0 {
			return payload, nil
		}
	}
}

func (w *wireClient) readPacket() ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(w.r, head); err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint32(head))
	if length < 2 || length > 1<<18 {
		return nil, fmt.Errorf("a packet of %d bytes", length)
	}
	packet := make([]byte, length)
	if _, err := io.ReadFull(w.r, packet); err != nil {
		return nil, err
	}
	if w.recv.stream != nil {
		w.recv.stream.XORKeyStream(packet, packet)
		if _, err := io.CopyN(io.Discard, w.r, macSize); err != nil {
			return nil, err
		}
	}
	return packet[1 : length-int(packet[0])], nil
}

type (
	kexInit struct {
		Cookie                               [16]byte `sshtype:"20"`
		Kex, HostKey                         []string
		CipherOut, CipherIn, MACOut, MACIn   []string
		ZipOut, ZipIn, LanguageOut, Language []string
		Guess                                bool
		Reserved                             uint32
	}
	kexECDHInit struct {
		Public []byte `sshtype:"30"`
	}
	kexECDHReply struct {
		HostKey, Public, Signature []byte `sshtype:"31"`
	}
	authRequest struct {
		User                                  string `sshtype:"50"`
		Service, Method, Language, Submethods string
	}
	channelOpen struct {
		Type                    string `sshtype:"90"`
		Channel, Window, Packet uint32
	}
	windowAdjust struct {
		Channel, More uint32 `sshtype:"93"`
	}
	channelRequest struct {
		Channel uint32 `sshtype:"98"`
		Request string
		Reply   bool
		Payload []byte `ssh:"rest"`
	}
)

// wireClient connects with any version, and gets in without a key.
func (cs *chatServer) wireClient(t *testing.T, version, user string) *wireClient {
	t.Helper()
	w, err := cs.wireClientAs(sshOptions{name: user, version: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.conn.Close() })
	return w
}

// wireClientAs is wireClient with options.
func (cs *chatServer) wireClientAs(s sshOptions) (*wireClient, error) {
	conn, err := cs.dial("ssh", s)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(2 * waitTimeout))
	w := &wireClient{conn: conn, r: bufio.NewReader(conn)}
	if err := errors.Join(w.handshake(s.version), w.authenticate(s.name)); err != nil {
		conn.Close()
		return nil, err
	}
	return w, nil
}

// handshake exchanges keys by curve25519-sha256 (RFC 8731).
func (w *wireClient) handshake(version string) error {
	if _, err := io.WriteString(w.conn, version+"\r\n"); err != nil {
		return err
	}
	theirs, err := w.r.ReadString('\n')
	if err != nil {
		return err
	}
	mine := kexInitMessage()
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	public := private.PublicKey().Bytes()
	if err := errors.Join(w.send(mine), w.send(kexECDHInit{public})); err != nil {
		return err
	}
	init, err := w.receive(20)
	if err != nil {
		return err
	}
	packet, err := w.receive(31)
	if err != nil {
		return err
	}
	var reply kexECDHReply
	if err := gossh.Unmarshal(packet, &reply); err != nil {
		return err
	}
	peer, err := ecdh.X25519().NewPublicKey(reply.Public)
	if err != nil {
		return err
	}
	shared, err := private.ECDH(peer)
	if err != nil {
		return err
	}
	secret := gossh.Marshal(struct{ K *big.Int }{new(big.Int).SetBytes(shared)})
	hash := sha256.New()
	for _, part := range [][]byte{[]byte(version), []byte(strings.TrimRight(theirs, "\r\n")), mine, init, reply.HostKey, public, reply.Public} {
		hash.Write(gossh.Marshal(struct{ S []byte }{part}))
	}
	hash.Write(secret)
	return w.deriveKeys(secret, hash.Sum(nil))
}

// kexInitMessage begins a key exchange.
func kexInitMessage() []byte {
	cipher, mac := []string{"aes128-ctr"}, []string{"hmac-sha2-256-etm@openssh.com"}
	return gossh.Marshal(kexInit{
		Kex: []string{"curve25519-sha256"}, HostKey: []string{"ssh-ed25519"},
		CipherOut: cipher, CipherIn: cipher, MACOut: mac, MACIn: mac, ZipOut: []string{"none"}, ZipIn: []string{"none"},
	})
}

// deriveKeys derives keys from the exchange (RFC 4253, 7.2), and installs them.
func (w *wireClient) deriveKeys(secret, hash []byte) error {
	if err := w.send([]byte{21}); err != nil {
		return err
	}
	if _, err := w.receive(21); err != nil {
		return err
	}
	derive := func(letter byte) []byte {
		sum := sha256.New()
		for _, part := range [][]byte{secret, hash, {letter}, hash} {
			sum.Write(part)
		}
		return sum.Sum(nil)
	}
	for letter, d := range map[byte]*packetStream{'A': &w.sent, 'B': &w.recv} {
		block, err := aes.NewCipher(derive(letter + 2)[:16])
		if err != nil {
			return err
		}
		d.stream, d.mac = cipher.NewCTR(block, derive(letter)[:16]), derive(letter+4)
	}
	return nil
}

func (w *wireClient) authenticate(user string) error {
	service := struct {
		Name string `sshtype:"5"`
	}{"ssh-userauth"}
	if err := w.send(service); err != nil {
		return err
	}
	if _, err := w.receive(6); err != nil {
		return err
	}
	if err := w.send(authRequest{User: user, Service: "ssh-connection", Method: "keyboard-interactive"}); err != nil {
		return err
	}
	_, err := w.receive(52)
	return err
}

// session starts a session with a window of so many bytes: a terminal, or a command unless it is
// "".
func (w *wireClient) session(t *testing.T, window uint32, command string) {
	t.Helper()
	err := w.send(channelOpen{Type: "session", Window: window, Packet: 32 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.receive(91); err != nil {
		t.Fatal(err)
	}
	pty := gossh.Marshal(struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}{Term: "xterm", Columns: 80, Rows: 24})
	begin := channelRequest{Request: "shell"}
	if command != "" {
		begin = channelRequest{Request: "exec", Payload: gossh.Marshal(struct{ S string }{command})}
	}
	if err := errors.Join(w.send(channelRequest{Request: "pty-req", Payload: pty}), w.send(begin)); err != nil {
		t.Fatal(err)
	}
}

// Protects the room from clients with tiny windows that never read: they delay nobody, and they are
// disconnected.
func TestTinyWindows(t *testing.T) {
	testkit.Soak(t, "it waits for a timeout of ten seconds; TestOneStuckReader does, too")
	t.Parallel()
	h := startServer(t, "--limits", "on")
	n := h.startBystander(t)
	talker := launch(t, h.ssh("talker", "-T")...)
	talker.expect("* talker joined")
	for i, window := range []uint32{0, 1, 100, 3000} {
		w := h.wireClient(t, "SSH-2.0-tiny", fmt.Sprint("tiny", i))
		w.session(t, window, "")
		h.waitLog("connected", "user", fmt.Sprint("tiny", i))
		h.wireClient(t, "SSH-2.0-tiny", "tiny").session(t, window/10, "help")
	}
	for range 3 {
		talker.sendLines(strings.Repeat("x", 3900))
	}
	talker.sendLines("said last")
	talker.expect("talker: said last\n")
	if who := runClient(t, withCommand(h.ssh("carol"), "who")).out; !strings.HasPrefix(who, "neighbour\ntalker\n") { // the others have ten seconds
		t.Errorf("with clients with tiny windows online, who answers %q", who)
	}
	for i := range 4 {
		h.waitLog("disconnected", "user", fmt.Sprint("tiny", i), "reason", "slow")
	}
	n.finish()
}

// Protects operators, and everybody else, from a client's version string: it is the first thing
// that a client sends, and can contain any bytes.
func TestHostileClientVersion(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t, "--limits", "on", "--log-level", "debug")
	op := h.makeOperator(t, "op")
	for i, version := range []string{
		"SSH-2.0-\x1b[31mred\x1b]0;title\x07", "SSH-2.0-\u009b31m\u202egnp\u200b", "SSH-2.0-\xff\xfe\x00", "SSH-2.0-a\r* root joined", "SSH-2.0-%s%d%n" + strings.Repeat("x", 200),
	} {
		name := fmt.Sprint("mallory", i)
		w := h.wireClient(t, version, name)
		w.session(t, 1<<20, "")
		h.waitLog("connected", "user", name)
		op.send("/whois " + name + "\r")
		op.expect(testkit.English(reply.WhoisGuest, name))
	}
	// Clients that do not get in are logged, too.
	for _, version := range []string{"SSH-1.0-\x1b[31m\n", "\x1b]0;title\x07\u009b\n", strings.Repeat("\x1b", 10_000) + "\n"} {
		conn, err := net.Dial("tcp", h.addrs["ssh"])
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, version)
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	}
	op.send("said last\r")
	op.expect(": said last\r\n")
	checkTerminalOutput(t, "op", op.raw.String())
	checkTextOutput(t, "the log", h.err.String())
}

// Protects the server's memory from clients that request the whole history many times at once, and
// never read it.
func TestUnreadHistoryOutput(t *testing.T) {
	t.Parallel()
	h := startServer(t, "--limits", "on", "--limit-lines", "0", "--limit-source", "0", "--limit-input", "0")
	lines := testkit.Amount(4000, 500) // of 16 MB that are stored
	h.sendBulk(strings.Repeat(strings.Repeat("x", 3900)+"\n", lines))
	n := h.startBystander(t)
	for range 6 {
		w := h.wireClient(t, "SSH-2.0-stalled", "stalled")
		for channel := range uint32(8) {
			open := channelOpen{Type: "session", Channel: channel, Packet: 32 << 10}
			if err := w.send(open); err != nil {
				t.Fatal(err)
			}
			if _, err := w.receive(91); err != nil {
				t.Fatal(err)
			}
			ask := channelRequest{Channel: channel, Request: "exec", Payload: gossh.Marshal(struct{ S string }{"history 100000"})}
			if err := w.send(ask); err != nil {
				t.Fatal(err)
			}
		}
	}
	runClient(t, withCommand(h.ssh("carol"), "who")).check(t, 0, "neighbour\n", "")
	n.finish()
}
