package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"teahouse/internal/bench/load"
)

// The CPU time and the memory of a process can be read.
func TestSampleOwnProcess(t *testing.T) {
	sample, err := sampleProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	before, memory, err := sample()
	if err != nil || memory < 1<<20 {
		t.Fatalf("this process takes %d bytes (error %v)", memory, err)
	}
	for begin := time.Now(); ; {
		now, _, err := sample()
		if err != nil {
			t.Fatal(err)
		}
		if now > before {
			break
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatal("ten seconds of work cost no CPU time")
		}
	}
}

func TestSampleMissingProcess(t *testing.T) {
	if _, err := sampleProcess(1<<31 - 1); err == nil {
		t.Error("a process that does not exist can be sampled")
	}
}

// startBaseline starts a baseline as a process of its own.
func startBaseline(t *testing.T, kind string) *runningTarget {
	t.Helper()
	t.Setenv(childEnv, "chatbench")
	target, err := parseTarget("floor:"+kind, &baselineFlags{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := target.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// A baseline is a process that listens, can be sampled, and ends.
func TestStartAndStopBaseline(t *testing.T) {
	for _, kind := range []string{"tcp", "ssh", "gliderlabs"} {
		s := startBaseline(t, kind)
		_, address, _ := strings.Cut(s.url, "://")
		if !isListening(t.Context(), address) {
			t.Errorf("the baseline %s does not listen at %s", kind, s.url)
		}
		if cpu, memory, err := s.sample(); err != nil || cpu <= 0 || memory < 1<<20 {
			t.Errorf("the baseline %s has used %v and %d bytes (error %v)", kind, cpu, memory, err)
		}
		s.stop()
		if runtime.GOOS != "windows" && s.server.err != nil {
			t.Errorf("the baseline %s ended with %v", kind, s.server.err)
		}
		if isListening(t.Context(), address) {
			t.Errorf("the baseline %s still listens after it was stopped", kind)
		}
		if _, _, err := s.sample(); err == nil {
			t.Errorf("the baseline %s can be sampled after it was stopped", kind)
		}
		s.stop() // calling it twice is harmless
	}
}

// A server that ignores SIGTERM is killed.
func TestStubbornServersAreKilled(t *testing.T) {
	t.Setenv(childEnv, "stubborn")
	s, err := startServer([]string{os.Args[0]})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.awaitAddress(t.Context()); err != nil { // by now it ignores SIGTERM
		t.Error(err)
	}
	s.stopTimeout = time.Millisecond
	s.stop()
	if s.err == nil {
		t.Error("a server that was killed counts as having ended well")
	}
}

// If a server does not start, its output and its exit code are shown.
func TestFailingServersAreQuoted(t *testing.T) {
	t.Setenv(childEnv, "failing")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	var f fakeLoad
	code, _, stderr := runProgram(t, &f, "run", "lines://"+free.Addr().String(), "--start", os.Args[0])
	if code != exitFailed || !strings.Contains(stderr, "it ended before it listened") ||
		!strings.Contains(stderr, "the kettle is broken") || !strings.Contains(stderr, "exit status 5") {
		t.Errorf("with a server that fails chatbench exits with %d and says %q", code, stderr)
	}
	if len(f.configs) > 0 {
		t.Error("a server that failed to start was measured")
	}
}

// An address in use is an error: the load would go to the old server, while the new one is measured.
func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, _, stderr := runProgram(t, &fakeLoad{}, "run", "lines://"+l.Addr().String(), "--start", "teahouse")
	if code != exitFailed || !strings.Contains(stderr, "another server listens at") {
		t.Errorf("with an address in use chatbench exits with %d and says %q", code, stderr)
	}
}

// A run ends when its server does, and says so.
func TestServerExitEndsRun(t *testing.T) {
	s := startBaseline(t, "tcp")
	b := &program{load: func(ctx context.Context, c load.Config) (*load.Result, error) {
		if err := s.server.command.Process.Kill(); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	_, err := s.measure(t.Context(), b, load.Config{})
	if err == nil || !strings.Contains(err.Error(), errServerEnded.Error()) || !strings.Contains(err.Error(), listeningPrefix) {
		t.Errorf("a run whose server was killed ends with %v, want its last words", err)
	}
}

// Each run has a server of its own, which has ended when the next one starts.
func TestCompareRestartsServers(t *testing.T) {
	t.Setenv(childEnv, "chatbench")
	before := map[string]func() bool{} // whether a server still runs, by its URL
	f := fakeLoad{result: func(n int, c load.Config) (*load.Result, error) {
		cpu, memory, err := c.Sample()
		if err != nil || cpu <= 0 || memory == 0 {
			return nil, fmt.Errorf("sample: %v, %d, %w", cpu, memory, err)
		}
		for old, runs := range before {
			if runs() {
				t.Errorf("%s still runs when the next server is measured", old)
			}
		}
		before[c.Target] = func() bool { _, memory, err := c.Sample(); return err == nil && memory > 0 }
		return &load.Result{}, nil
	}}
	if code, _, stderr := runProgram(t, &f, "compare", "--rounds=2", "floor:tcp", "floor:ssh"); code != exitOK {
		t.Errorf("chatbench compare exits with %d and says %q", code, stderr)
	}
	if len(f.configs) != 6 {
		t.Errorf("%d runs were made, want 6: three rounds of two", len(f.configs))
	}
}

// A small comparison of real loads on real baselines works.
func TestCompareEndToEnd(t *testing.T) {
	t.Setenv(childEnv, "chatbench")
	var stdout, stderr strings.Builder
	b := &program{stdout: &stdout, stderr: &stderr, load: load.Run}
	code := b.run(t.Context(), []string{"compare", "--rounds=1", "--listeners=4", "--speakers=2",
		"--duration=100ms", "--warmup=50ms", "--prefix=20", "--redraw", "floor:tcp", "floor:ssh", "floor:gliderlabs"})
	if code != exitOK || stderr.Len() > 0 || strings.Count(stdout.String(), "none") != 3 {
		t.Errorf("chatbench compare exits with %d and prints\n%s%s", code, &stdout, &stderr)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	tail := &tail{limit: 5}
	for _, words := range []string{"one ", "two ", "three"} {
		if n, err := tail.Write([]byte(words)); n != len(words) || err != nil {
			t.Error(n, err)
		}
	}
	tail.Write([]byte("!"))
	if tail.String() != "hree!" {
		t.Errorf("the end of the output is %q, want hree!", tail)
	}
}

func TestFirstLine(t *testing.T) {
	f := &firstLine{line: make(chan string, 1)}
	for _, words := range []string{"listen", "ing a", "\nlistening b\n", "c\n"} {
		f.Write([]byte(words))
	}
	if got := <-f.line; got != "listening a" {
		t.Errorf("the first line is %q, want listening a", got)
	}
	if len(f.line) > 0 {
		t.Error("a second line is reported as the first")
	}
	endless := &firstLine{line: make(chan string, 1)}
	for range 100 {
		endless.Write(make([]byte, 1000))
	}
	if len(endless.kept) > maxKeptOutput {
		t.Errorf("of a line without an end %d bytes are kept, want %d at most", len(endless.kept), maxKeptOutput)
	}
}

// A server has chatbench's own limit of open files: a lower one would stop it at a thousand clients.
func TestServersInheritTheFileLimit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	inheritFileLimit()
	s := startBaseline(t, "tcp")
	ours := openFiles(t, "self")
	if theirs := openFiles(t, fmt.Sprint(s.server.command.Process.Pid)); theirs != ours {
		t.Errorf("the server's limit of open files is %q, and chatbench's is %q", theirs, ours)
	}
}

func openFiles(t *testing.T, process string) string {
	t.Helper()
	limits, err := os.ReadFile(filepath.Join("/proc", process, "limits"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(limits), "Max open files")
	line, _, _ := strings.Cut(rest, "\n")
	return line
}
