package e2e

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
)

// Protects memory from rendering a line in many styles: messages full of URLs, which are links in
// each row, in narrow windows.
func TestStressStyles(t *testing.T) {
	s := startStress(t)
	for i := range 6 {
		client := s.connectAttacker(sshOptions{name: fmt.Sprint("narrow", i)})
		for j := range 8 {
			n := 8*i + j
			env := map[string]string{"LANG": []string{"en_US.UTF-8", "zh_CN.UTF-8", "zh_TW.UTF-8"}[n%3], "COLORTERM": []string{"", "truecolor"}[n%2]}
			if _, _, err := s.terminal(client, 1+n, env); err != nil {
				t.Fatal(err)
			}
		}
	}
	url := "https://example.org/" + strings.Repeat("path/", 390) + "%d"
	var said atomic.Int64
	for i := range 5 {
		client := s.connectAttacker(sshOptions{name: fmt.Sprint("speaker", i), key: testkit.NewSigner(t)})
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		stdin, err := session.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		session.Stdout = io.Discard
		if err := session.Shell(); err != nil { // a pipe
			t.Fatal(err)
		}
		s.attackUntilEnd(func() error {
			n := said.Add(1)
			_, err := fmt.Fprintf(stdin, url+" "+url+"\n", n, n)
			return err
		})
	}
	s.finish()
}

// Protects the CPU from expensive keystrokes: on a row of maximum length and complexity, as fast as
// a terminal may send.
func TestStressKeystrokes(t *testing.T) {
	soakStress(t, "TestStressSessions attacks in brief")
	s := startStress(t)
	row := strings.Repeat("👩\u200d👧", 86) + strings.Repeat("e\u0301", 864) // 3,968 bytes, 950 clusters
	for i, keys := range []string{"\x01\x0b\x19", "\x01\x05", "x\x1f", "\x01\x1bf\x14\x05", "\x12e\x07", "\x1b\x7f\x19", "@\t\x7f"} {
		client := s.connectAttacker(sshOptions{name: fmt.Sprint("typist", i)})
		stdin, _, err := s.terminal(client, 80, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.attackUntilEnd(func() error {
			_, err := io.WriteString(stdin, "\x15"+row+strings.Repeat(keys, 1000))
			return err
		})
	}
	s.finish()
}

// Protects the CPU from a client that rekeys again and again, which costs the client nothing.
func TestStressRekeying(t *testing.T) {
	soakStress(t, "TestStressSessions attacks in brief")
	s := startStress(t)
	var ended, agreed atomic.Int64
	for i := range 4 {
		client := s.connectAttacker(sshOptions{name: fmt.Sprint("rekey", i), rekeyAfter: 1})
		if client == nil {
			t.Fatal("a client does not get in during the attack")
		}
		s.wg.Go(func() {
			_ = client.Wait()
			ended.Add(1)
		})
		s.wg.Go(func() {
			for err := error(nil); err == nil; agreed.Add(1) {
				_, _, err = client.SendRequest("nonsense@example.com", true, make([]byte, 300))
			}
		})
	}
	eventually(t, "the server has ended all four connections", func() bool { return ended.Load() == 4 })
	t.Logf("%d key exchanges", agreed.Load())
	s.finish()
}

// Protects other users from clients that read and search the whole history, in as many sessions as
// allowed.
func TestStressReading(t *testing.T) {
	soakStress(t, "TestStressSessions attacks in brief")
	flags := defaultFlags(t)
	full := startServer(t)
	lines := 1000
	if os.Getenv(stressEnv) != "" {
		lines *= 4 // the 16 MB that are stored
	}
	talk := strings.Repeat(strings.Repeat("Ⅸ ſtraße x", 280)+"\n", lines)
	runClient(t, full.ssh("talker", "-T", "-o", "LogLevel=ERROR"), talk)
	s := newStress(t, full.restart(flags...))
	commands := []string{"search nothing", "history 10000", "whois nobody", "search nothing at all", "history --json 10000"}
	var done, refused atomic.Int64
	for i := range 8 {
		client := s.connectAttacker(sshOptions{name: fmt.Sprint("reader", i)})
		for j := range 8 {
			command := commands[(i+j)%len(commands)]
			s.attackUntilEnd(func() error {
				err := execCommand(client, command, nil)
				if isRefused(err) {
					refused.Add(1)
					return nil
				}
				done.Add(1)
				return err
			})
		}
	}
	s.finish()
	t.Logf("%d answers, %d refused", done.Load(), refused.Load())
}

// Protects memory from key exchanges that never end: output has to wait meanwhile, and there is
// much of it.
func TestStressUnfinishedRekeying(t *testing.T) {
	soakStress(t, "TestStressSessions attacks in brief")
	flags := defaultFlags(t)
	full := startServer(t)
	runClient(t, full.ssh("talker", "-T", "-o", "LogLevel=ERROR"), strings.Repeat(strings.Repeat("x", 3900)+"\n", 700))
	s := newStress(t, full.restart(flags...))
	const connections, sessions, window = 125, 2, 1 << 31
	for i := range connections {
		w, err := s.wireClientAs(sshOptions{name: fmt.Sprint("half", i), version: "SSH-2.0-half", sourceAddr: attackerAddr})
		if err != nil {
			t.Fatal(err)
		}
		s.hold(w.conn)
		for channel := range uint32(sessions) {
			begin := channelRequest{Channel: channel, Request: "exec", Payload: gossh.Marshal(struct{ S string }{"history 10000"})}
			_ = w.send(channelOpen{Type: "session", Channel: channel, Packet: 32 << 10})
			if _, err := w.receive(91); err != nil {
				t.Fatal(err)
			}
			_ = w.send(begin)
		}
		for channel := range uint32(sessions) {
			_ = w.send(windowAdjust{Channel: channel, More: window})
		}
		_ = w.send(kexInitMessage())
		s.wg.Go(func() { _, _ = io.Copy(io.Discard, w.r) })
	}
	s.finish()
}

// Protects the CPU from useless sessions, which are closed at once or started with an invalid
// command, and from unsupported requests.
func TestStressSessions(t *testing.T) {
	s := startStress(t)
	var opened atomic.Int64
	for i := range 4 {
		client := s.connectAttacker(sshOptions{name: fmt.Sprint("visitor", i)})
		for _, command := range []string{"search --nonsense x", "enter two words", "say 'half", ""} {
			s.attackUntilEnd(func() error {
				opened.Add(1)
				if command != "" {
					if err := execCommand(client, command, nil); !isRefused(err) {
						return err
					}
					return nil
				}
				session, err := client.NewSession()
				if err != nil {
					return err
				}
				return session.Close()
			})
		}
	}
	var asked atomic.Int64
	for i := range 4 {
		client := s.connectAttacker(sshOptions{name: fmt.Sprint("asker", i)})
		for range 4 {
			s.attackUntilEnd(func() error {
				asked.Add(2)
				if _, _, err := client.OpenChannel("direct-tcpip", nil); !isRejected(err) {
					return err
				}
				_, _, err := client.SendRequest("nothing@example.com", true, nil)
				return err
			})
		}
	}
	s.finish()
	t.Logf("%d sessions, and %d requests", opened.Load(), asked.Load())
}

// isRejected reports whether a channel was refused while the connection works.
func isRejected(err error) bool {
	var rejected *gossh.OpenChannelError
	return errors.As(err, &rejected)
}

// Protects the CPU from unwanted input: to commands, to followers, and as requests.
func TestStressInput(t *testing.T) {
	soakStress(t, "TestStressSessions attacks in brief")
	s := startStress(t)
	var poured atomic.Int64
	var attacks []func() error
	for i := range 4 {
		client := s.connectAttacker(sshOptions{name: fmt.Sprint("pourer", i), key: testkit.NewSigner(t)})
		stdin, session, err := s.terminal(client, 80, nil)
		if err != nil {
			t.Fatal(err)
		}
		attacks = append(attacks, func() error {
			n, err := io.WriteString(stdin, strings.Repeat("x", 4000))
			poured.Add(int64(n))
			return err
		}, func() error { return session.WindowChange(24, 40+int(poured.Load()%100)) })
		for _, command := range []string{"say", "follow", "bot commands", "who"} {
			attacks = append(attacks, func() error {
				in := &endlessReader{text: strings.Repeat("x", 3000) + "\n"}
				err := execCommand(client, command, in)
				poured.Add(in.read)
				if isRefused(err) {
					return nil
				}
				return err
			})
		}
	}
	for _, attack := range attacks { // once all are in, because their input is slow from now on
		s.attackUntilEnd(attack)
	}
	s.finish()
	t.Logf("%d MB were sent", poured.Load()>>20)
}
