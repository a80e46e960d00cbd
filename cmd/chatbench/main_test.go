package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"teahouse/internal/bench/load"
)

// childEnv makes this test binary act as one of the servers that the tests start.
const childEnv = "CHATBENCH_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "chatbench":
		main()
	case "failing":
		fmt.Fprintln(os.Stderr, "the kettle is broken")
		os.Exit(5)
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println(listeningPrefix + "nowhere")
		select {}
	default:
		os.Exit(m.Run())
	}
}

// A fakeLoad records its configurations instead of running loads.
type fakeLoad struct {
	configs []load.Config
	result  func(n int, c load.Config) (*load.Result, error) // of the n-th run
}

func (f *fakeLoad) run(_ context.Context, c load.Config) (*load.Result, error) {
	f.configs = append(f.configs, c)
	if f.result != nil {
		return f.result(len(f.configs), c)
	}
	return &load.Result{Target: c.Target, Mode: c.Mode}, nil
}

// runProgram runs chatbench with a fake load.
func runProgram(t *testing.T, f *fakeLoad, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	b := &program{stdout: &out, stderr: &err, load: f.run}
	code = b.run(t.Context(), args)
	return code, out.String(), err.String()
}

func TestFlags(t *testing.T) {
	common := load.Config{Mode: load.Throughput, Listeners: 100, Speakers: 8, Window: 1, Rate: 20, Size: 80, Duration: 5 * time.Second, Warmup: time.Second}
	tests := []struct {
		args string
		want func(*load.Config)
	}{
		{"", func(*load.Config) {}},
		{"--mode latency --rate 0.5", func(c *load.Config) { c.Mode, c.Rate = load.Latency, 0.5 }},
		{"--listeners=0 --speakers=2 --window=64", func(c *load.Config) { c.Listeners, c.Speakers, c.Window = 0, 2, 64 }},
		{"--size 200 --duration 1m --warmup 0s", func(c *load.Config) { c.Size, c.Duration, c.Warmup = 200, time.Minute, 0 }},
	}
	for _, test := range tests {
		var f fakeLoad
		args := append([]string{"run", "classic://127.0.0.1:8888"}, strings.Fields(test.args)...)
		if code, _, stderr := runProgram(t, &f, args...); code != exitOK || stderr != "" {
			t.Errorf("chatbench %q exits with %d and says %q", test.args, code, stderr)
			continue
		}
		want := common
		want.Target = "classic://127.0.0.1:8888"
		test.want(&want)
		got := f.configs[0]
		if got.Progress != nil {
			t.Errorf("chatbench %q shows its progress although it writes to no terminal", test.args)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("chatbench %q runs the load %v, want %v", test.args, got, want)
		}
	}
}

func TestExitCodes(t *testing.T) {
	const url = "lines://127.0.0.1:1"
	lossy := func(int, load.Config) (*load.Result, error) { return &load.Result{Lost: 3, Disconnected: 1}, nil }
	failing := func(int, load.Config) (*load.Result, error) { return nil, errors.New("nobody is in") }
	tests := []struct {
		args   []string
		result func(int, load.Config) (*load.Result, error)
		code   int
		says   string
	}{
		{[]string{"run", url}, nil, exitOK, ""},
		{[]string{"run", url, "--hear=" + url}, nil, exitOK, ""},
		{[]string{"compare", "a=" + url, "b=" + url}, nil, exitOK, ""},
		{[]string{"--help"}, nil, exitOK, ""},
		{[]string{"run", "--help"}, nil, exitOK, ""},

		{[]string{"run", url}, lossy, exitFaults, "3 lost, 1 clients disconnected"},
		{[]string{"compare", "--rounds=2", "a=" + url, "b=" + url}, lossy, exitFaults, "18 lost, 6 clients disconnected"},

		{nil, nil, exitUsage, "expected one of"},
		{[]string{"run"}, nil, exitUsage, `"" is no URL`},
		{[]string{"run", "127.0.0.1:1"}, nil, exitUsage, "is no URL"},
		{[]string{"run", "lines://127.0.0.1"}, nil, exitUsage, "is no URL with a port"},
		{[]string{"run", "gopher://127.0.0.1:1"}, nil, exitUsage, "take one of classic,"},
		{[]string{"run", url, "--mode=dance"}, nil, exitUsage, "--mode must be one of"},
		{[]string{"run", url, "--speakers=0"}, nil, exitUsage, "--speakers=0"},
		{[]string{"run", url, "--listeners=-1"}, nil, exitUsage, "--listeners=-1"},
		{[]string{"run", url, "--window=0"}, nil, exitUsage, "--window=0"},
		{[]string{"run", url, "--rate=0"}, nil, exitUsage, "--rate=0"},
		{[]string{"run", url, "--size=0"}, nil, exitUsage, "--size=0"},
		{[]string{"run", url, "--duration=0s"}, nil, exitUsage, "--duration=0s"},
		{[]string{"run", url, "--warmup=-1s"}, nil, exitUsage, "--warmup=-1s"},
		{[]string{"run", url, "--pid=-1"}, nil, exitUsage, "--pid=-1"},
		{[]string{"run", url, "--pid=1", "--start=x"}, nil, exitUsage, "can't be used together"},
		{[]string{"run", url, "--hear=" + url, "--start=x"}, nil, exitUsage, "must already be running"},
		{[]string{"run", url, "--hear=127.0.0.1:1"}, nil, exitUsage, "is no URL"},
		{[]string{"run", url, "--start='x"}, nil, exitUsage, "Unterminated"},
		{[]string{"compare", "a=" + url}, nil, exitUsage, "it takes two targets"},
		{[]string{"compare", "a=" + url, "a=" + url}, nil, exitUsage, "a is there twice"},
		{[]string{"compare", "a=" + url, url + "?x=y"}, nil, exitUsage, "write 'NAME=URL COMMAND'"},
		{[]string{"compare", "a=" + url, "floor:marble"}, nil, exitUsage, `no floor "marble"`},
		{[]string{"compare", "--rounds=0", "a=" + url, "b=" + url}, nil, exitUsage, "--rounds=0"},
		{[]string{"compare", "--prefix=-1", "a=" + url, "b=" + url}, nil, exitUsage, "--prefix=-1"},
		{[]string{"floor"}, nil, exitUsage, "expected"},
		{[]string{"floor", "marble"}, nil, exitUsage, "must be one of"},

		{[]string{"run", url}, failing, exitFailed, "nobody is in"},
		{[]string{"compare", "a=" + url, "b=" + url}, failing, exitFailed, "warm-up round, a: nobody is in"},
		{[]string{"run", url, "--start=/nonexistent/teahouse"}, nil, exitFailed, "start a server"},
		{[]string{"floor", "tcp", "--listen=127.0.0.1:99999"}, nil, exitFailed, "--listen"},
	}
	for _, test := range tests {
		code, _, stderr := runProgram(t, &fakeLoad{result: test.result}, test.args...)
		if code != test.code || !strings.Contains(stderr, test.says) || (test.says == "") != (stderr == "") {
			t.Errorf("chatbench %q exits with %d and says %q; want %d and %q", test.args, code, stderr, test.code, test.says)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	b := &program{stdout: &stdout, stderr: &stderr, load: func(ctx context.Context, c load.Config) (*load.Result, error) {
		cancel()
		return nil, ctx.Err()
	}}
	code := b.run(ctx, []string{"run", "lines://127.0.0.1:1"})
	if code != exitFailed || stderr.String() != "chatbench: interrupted\n" || stdout.Len() > 0 {
		t.Errorf("chatbench exits with %d, prints %q and says %q", code, &stdout, &stderr)
	}
}
