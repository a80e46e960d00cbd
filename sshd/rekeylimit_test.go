package sshd

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
)

// A client that rekeys without end is soon disconnected, and the log says why.
func TestRekeyFlood(t *testing.T) {
	h := startServer(t, nil)
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	signed := 0
	c, channels, requests, err := gossh.NewClientConn(conn, h.addr, &gossh.ClientConfig{
		Config: gossh.Config{RekeyThreshold: 256}, // bytes
		User:   "alice",
		Auth:   []gossh.AuthMethod{gossh.KeyboardInteractive(noQuestions)},
		HostKeyCallback: func(string, net.Addr, gossh.PublicKey) error {
			signed++
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	client := gossh.NewClient(c, channels, requests)
	defer client.Close()
	for range 1000 {
		if _, _, err = client.SendRequest("hello@example.com", true, make([]byte, 100)); err != nil {
			break
		}
	}
	if err == nil {
		t.Fatal("a client that rekeys without end is still connected")
	}
	_ = client.Wait()
	if signed != maxKeyExchanges {
		t.Errorf("the client was disconnected after %d key exchanges, want %d", signed, maxKeyExchanges)
	}
	testkit.Eventually(t, "the log says why", func() bool { return strings.Contains(h.log.String(), "too many key exchanges") })
}

// A few key exchanges are free, and more are earned by time or by data transferred.
func TestRekeyLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, moved := newRekeyLimiter(), int64(0)
		ask := func(after time.Duration, passed int64) bool {
			time.Sleep(after)
			moved += passed
			return e.allow(moved)
		}
		for i := range maxKeyExchanges {
			if !ask(0, 3000) {
				t.Fatalf("key exchange %d of the free ones is refused", i+1)
			}
		}
		for i, tc := range []struct {
			after  time.Duration
			passed int64
			want   bool
		}{
			{0, 3000, false},
			{0, 1 << 20, true},
			{0, 1<<20 - 1, false},
			{0, 100 << 20, true}, // is worth one, and no more
			{0, 0, false},
			{20 * time.Second, 0, true},
			{19 * time.Second, 0, false},
			{time.Hour, 0, true},
		} {
			if got := ask(tc.after, tc.passed); got != tc.want {
				t.Errorf("step %d: after %v and %d bytes, another key exchange is allowed: %t, want %t", i, tc.after, tc.passed, got, tc.want)
			}
		}
	})
}

// Algorithms that are expensive for the server or no longer safe cannot be chosen, not even by a
// client that supports nothing else, nor for a signature.
func TestAlgorithmsNotOffered(t *testing.T) {
	h := startServer(t, nil)
	for name, config := range map[string]gossh.Config{
		"group14":      {KeyExchanges: []string{gossh.KeyExchangeDH14SHA256}},
		"group14-sha1": {KeyExchanges: []string{gossh.InsecureKeyExchangeDH14SHA1}},
		"group16":      {KeyExchanges: []string{gossh.KeyExchangeDH16SHA512}},
		"SHA-1":        {Ciphers: []string{gossh.CipherAES128CTR}, MACs: []string{gossh.HMACSHA1}},
		"CBC":          {Ciphers: []string{gossh.InsecureCipherAES128CBC}},
	} {
		config := &gossh.ClientConfig{Config: config, User: "alice", HostKeyCallback: gossh.InsecureIgnoreHostKey()}
		if _, err := gossh.Dial("tcp", h.addr, config); err == nil || !strings.Contains(err.Error(), "no common algorithm") {
			t.Errorf("a client that supports only %s gets %v, want that there is no common algorithm", name, err)
		}
	}
	for _, s := range signatureAlgorithms() {
		if s == gossh.KeyAlgoRSA || s == "ssh-dss" {
			t.Errorf("users may sign with %s", s)
		}
	}
}
