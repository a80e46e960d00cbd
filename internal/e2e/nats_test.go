package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"teahouse/internal/testkit"
)

// natsEnv turns the test program into a NATS server with the given options.
const natsEnv = "STORIES_NATS"

// runNATS is the main function for natsEnv. It returns the exit code.
func runNATS(config []byte) int {
	var at natsConfig
	if err := json.Unmarshal(config, &at); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	options, err := at.options()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s, err := server.NewServer(options)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s.ConfigureLogger()
	s.Start()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	s.Shutdown()
	s.WaitForShutdown()
	return 0
}

// A natsConfig is the configuration of a NATS server.
type natsConfig struct {
	Host   string
	Port   int
	Dir    string
	Store  int64    // maximum storage; 0 for the whole disk
	Route  int      // its cluster port; 0 if it is alone
	Routes []string // the others' cluster addresses
	Config string   // a configuration file, instead of the above
}

func (p *natsConfig) options() (*server.Options, error) {
	if p.Config != "" {
		return server.ProcessConfigFile(p.Config)
	}
	o := &server.Options{Host: p.Host, Port: p.Port, JetStream: true, StoreDir: p.Dir, JetStreamMaxStore: p.Store, NoSigs: true, SyncInterval: time.Second}
	if p.Route == 0 {
		return o, nil
	}
	// Clients learn of no other servers: they must use the proxies.
	o.ServerName = "at-" + p.Host
	o.Cluster = server.ClusterOpts{Name: "e2e", Host: p.Host, Port: p.Route, NoAdvertise: true}
	for _, addr := range p.Routes {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", Host: addr})
	}
	return o, nil
}

// A natsServer is a NATS server with JetStream in a separate process, which can be stopped and
// started again at the same address.
type natsServer struct {
	*client
	t      *testing.T
	config natsConfig
}

func startNATS(t *testing.T) *natsServer {
	t.Helper()
	s := &natsServer{t: t, config: natsConfig{Host: sshHost, Port: freePort(t, sshHost), Dir: filepath.Join(t.TempDir(), "nats")}}
	s.start()
	return s
}

func (s *natsServer) addr() string {
	return net.JoinHostPort(s.config.Host, strconv.Itoa(s.config.Port))
}

func (s *natsServer) start() {
	s.t.Helper()
	s.client = launch(s.t, s.command()...)
	eventually(s.t, "the NATS server listens", func() bool {
		conn, err := net.Dial("tcp", s.addr())
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// command returns the command line of the server.
func (s *natsServer) command() []string {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	config, err := json.Marshal(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	return []string{"env", natsEnv + "=" + string(config), self}
}

// startNATS runs a NATS server on a machine, which accepts the user tea.
func (m *netnsMachine) startNATS() {
	m.t.Helper()
	config, err := json.Marshal(natsConfig{Config: "/etc/nats/nats.conf"})
	if err != nil {
		m.t.Fatal(err)
	}
	m.writeFile("/etc/nats/nats.conf", `listen: 0.0.0.0:4222
jetstream { store_dir: "/var/lib/nats", sync_interval: 1s }
authorization { user: tea, password: "s3cret" }
`, 0o600)
	m.runSelfAs("nats-server", natsEnv+"='"+string(config)+"'", 4222)
}

func (s *natsServer) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// Protects messages from any outage of the NATS server: people keep talking as fast as before, and
// in the end everything is stored, once and in order.
func TestNATSServerRestart(t *testing.T) {
	t.Parallel()
	seconds, rate := testkit.Amount(10, 2), testkit.Amount(500, 200)
	for name, away := range map[string]struct{ leave, back func(*natsServer) }{
		"stopped": {
			func(s *natsServer) { s.signal(syscall.SIGTERM); eventually(s.t, "the NATS server ends", s.hasExited) },
			func(s *natsServer) { s.start() },
		},
		"killed": {
			func(s *natsServer) { s.signal(syscall.SIGKILL); eventually(s.t, "the NATS server ends", s.hasExited) },
			func(s *natsServer) { s.start() },
		},
		"paused": {
			func(s *natsServer) { s.signal(syscall.SIGSTOP) },
			func(s *natsServer) { s.signal(syscall.SIGCONT) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "killed" {
				testkit.Soak(t, "one way of being away will do")
			}
			t.Parallel()
			s := startNATS(t)
			h := startServer(t, "--nats", "nats://"+s.addr())
			speaker := h.nc("speaker")
			say := func(from, to int) {
				tick := time.NewTicker(time.Second / time.Duration(rate))
				defer tick.Stop()
				for n := from; n < to; n++ {
					<-tick.C
					speaker.sendLines(fmt.Sprint("line ", n))
				}
				speaker.expect(fmt.Sprintf("speaker:line %d\n", to-1)) // nobody is delayed
			}
			say(0, rate)
			away.leave(s)
			say(rate, (1+seconds)*rate)
			away.back(s)
			say((1+seconds)*rate, (2+seconds)*rate)

			h.waitLog("the journal is written again")
			h = h.restart("--nats", "nats://"+s.addr())
			lines := strings.Split(runClient(t, withCommand(h.ssh("reader"), "history 100000")).out, "\n")
			if len(lines) != (2+seconds)*rate+1 {
				t.Errorf("history has %d lines, want %d", len(lines)-1, (2+seconds)*rate)
			}
			for n, line := range lines[:len(lines)-1] {
				if !strings.HasSuffix(line, fmt.Sprint(": line ", n)) {
					t.Fatalf("history has %q in place of line %d", line, n)
				}
			}
		})
	}
}
