package sshd

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/log"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/testkit"
	"teahouse/room"
)

// A sentence of any length makes one write, of a packet as RFC 4253 defines it.
func TestRefusePacket(t *testing.T) {
	for n := range 300 {
		sentence := strings.Repeat("x", n)
		var w recordedWrites
		if err := Refuse(&w, sentence); err != nil || len(w) != 1 {
			t.Fatalf("%d bytes: %d writes, %v", n, len(w), err)
		}
		packet, ok := bytes.CutPrefix(w[0], []byte("SSH-2.0-OpenSSH_compatible_teahouse\r\n"))
		if !ok || len(packet) < 16 || len(packet)%8 != 0 {
			t.Fatalf("%d bytes: no whole packet in %q", n, w[0])
		}
		length, padding := int(binary.BigEndian.Uint32(packet)), int(packet[4])
		if length != len(packet)-4 || padding < 4 || padding > length-1 {
			t.Fatalf("%d bytes: lengths %d and %d in a packet of %d", n, length, padding, len(packet))
		}
		var said disconnectMsg
		if err := gossh.Unmarshal(packet[5:len(packet)-padding], &said); err != nil {
			t.Fatalf("a client cannot read the refusal of %d bytes: %v", n, err)
		}
		if want := (disconnectMsg{Reason: 12, Message: sentence}); said != want {
			t.Fatalf("the client reads the refusal of %d bytes as %v, want %v", n, said, want)
		}
	}
}

// A client that is gone causes an error and nothing else.
func TestRefuseDisconnected(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	if err := Refuse(w, "Too late."); err != io.ErrClosedPipe {
		t.Errorf("got %v, want %v", err, io.ErrClosedPipe)
	}
}

type recordedWrites [][]byte

func (w *recordedWrites) Write(p []byte) (int, error) {
	*w = append(*w, bytes.Clone(p))
	return len(p), nil
}

// A refused user reads why in a stock client, instead of a broken connection.
func TestOpenSSHShowsTheRefusal(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("ssh is not installed")
		}
		t.Skip("ssh is not installed")
	}
	const sentence = "There are 20 connections from your address. Close one, or try again later."
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	refused := make(chan error, 1)
	go func() { refused <- refuseNext(l, sentence) }()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	ssh := exec.CommandContext(ctx, "ssh", "-F", "/dev/null", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-p", port, "127.0.0.1")
	var said strings.Builder
	ssh.Stderr = &said
	if err := ssh.Run(); err == nil || !strings.Contains(said.String(), sentence) {
		t.Errorf("ssh ended with %v and said:\n%s", err, said.String())
	}
	l.Close()
	if err := <-refused; err != nil {
		t.Error(err)
	}
}

// refuseNext refuses the next client as a server should.
func refuseNext(l net.Listener, sentence string) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := Refuse(conn, sentence); err != nil {
		return err
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

// A client that tries again and again does not fill the log, except at debug.
func TestRefusalLogging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logged := &testkit.Recorder{}
		s := &Server{Hub: room.New(room.Config{}), HostKey: testkit.NewSigner(t), Log: log.NewWithOptions(logged, log.Options{Level: log.DebugLevel})}
		s.setup()
		t.Cleanup(s.watchdog.stop)
		for _, tc := range []struct{ tries, want int }{{100, refusalLogBurst}, {100, 10 * refusalLogRate}} {
			logged.Reset()
			for range tc.tries {
				s.logRefused("addr", "192.0.2.1:4000")
			}
			info, debug := strings.Count(logged.String(), "INFO refused addr="), strings.Count(logged.String(), "DEBU refused addr=")
			if info != tc.want || info+debug != tc.tries {
				t.Errorf("of %d refusals %d are logged at info and %d at debug, want %d at info and the rest at debug", tc.tries, info, debug, tc.want)
			}
			time.Sleep(10 * time.Second)
		}
	})
}
