package load

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/testkit"
	"teahouse/room"
	"teahouse/sshd"
	"teahouse/tcpd"
)

// An sshServer is a teahouse SSH server.
type sshServer interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
}

// startTeahouse starts a teahouse server for a protocol, and returns its URL.
func startTeahouse(t testing.TB, scheme string) string {
	t.Helper()
	var d sshServer
	if scheme == "ssh" {
		d = startSSH(t)
	} else {
		dialect := tcpd.LookupDialect(scheme)
		dialect.IdleTimeout = 0
		d = &tcpd.Server{Hub: room.New(room.Config{}), Dialect: dialect, Log: log.New(io.Discard)}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- d.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := d.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown returned %v", err)
		}
		<-served
	})
	return scheme + "://" + l.Addr().String()
}

func startSSH(t testing.TB) sshServer {
	t.Helper()
	return &sshd.Server{Hub: room.New(room.Config{}), HostKey: testkit.NewSigner(t), Log: log.New(io.Discard)}
}

// teahouse passes every kind of load, in every protocol.
func TestTeahouse(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"classic", "gopl", "ssh"} {
		for _, mode := range []Mode{Throughput, Latency, Join, Stall, Churn, Commands} {
			if mode == Commands && scheme != "ssh" {
				continue
			}
			t.Run(scheme+"/"+string(mode), func(t *testing.T) {
				t.Parallel()
				c := Config{
					Target: startTeahouse(t, scheme), Mode: mode, Listeners: 20, Speakers: 3, Window: 4, Rate: 100, Size: 80,
					Duration: testkit.Amount(700*time.Millisecond, 100*time.Millisecond), Warmup: 100 * time.Millisecond,
				}
				for ; ; c.Duration *= 2 { // a busy machine may need longer
					res := runTest(t, c)
					if !faultless(res) {
						t.Errorf("lines were lost, repeated or out of order: %+v", res)
					}
					if mode == Join || res.Said > 0 && res.Heard >= 20*res.Said/2 && res.Latency.P50 > 0 {
						break
					}
					if c.Duration > 5*time.Second {
						t.Fatalf("even in %v hardly anything was measured: %+v", c.Duration, res)
					}
				}
			})
		}
	}
}

// Commands can only be measured over SSH.
func TestCommandsNeedSSH(t *testing.T) {
	t.Parallel()
	c := throughputConfig(startTeahouse(t, "classic"))
	c.Mode, c.Rate = Commands, 20
	if _, err := Run(t.Context(), c); err == nil {
		t.Error("commands could be measured over plain TCP")
	}
}

// A line that is longer than the terminal is wide, and a burst of them, are still received.
func TestTeahouseLongLines(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"realtime", "im", "ssh"} {
		t.Run(scheme, func(t *testing.T) {
			res := runTest(t, Config{
				Target: startTeahouse(t, scheme), Mode: Throughput, Listeners: 5, Speakers: 2, Window: 64, Size: 3000,
				Duration: 300 * time.Millisecond,
			})
			if !faultless(res) || res.Said == 0 {
				t.Errorf("long lines were lost, repeated or out of order: %+v", res)
			}
		})
	}
}
