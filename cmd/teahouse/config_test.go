package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/datadir"
	"teahouse/room"
	"teahouse/tcpd"
)

// Flags have defaults; the environment overrides them, and the command line overrides both.
func TestParse(t *testing.T) {
	c, command, err := parse(nil)
	if err != nil || command != "serve" || !slices.Equal(c.Listen, []string{"ssh://:2222", "classic://127.0.0.1:8888"}) || c.Data != "teahouse-data" {
		t.Errorf("without flags the configuration is %+v (error %v)", c, err)
	}
	t.Setenv("TEAHOUSE_LISTEN", "gopl://:1,relay://:2")
	t.Setenv("TEAHOUSE_DATA", "elsewhere")
	c, _, err = parse([]string{"--data", "here", "--log-level=debug"})
	if err != nil || !slices.Equal(c.Listen, []string{"gopl://:1", "relay://:2"}) || c.Data != "here" || c.LogLevel != "debug" {
		t.Errorf("with flags and environment the configuration is %+v (error %v)", c, err)
	}
	c, _, err = parse([]string{"--listen", "ssh://:3", "--listen", "im://:4"})
	if err != nil || !slices.Equal(c.Listen, []string{"ssh://:3", "im://:4"}) {
		t.Errorf("with --listen twice the configuration is %+v (error %v)", c, err)
	}
	c, command, err = parse([]string{"backup", "file", "--data", "there"})
	if err != nil || command != "backup" || c.Backup.File != "file" || c.Data != "there" {
		t.Errorf("teahouse backup file is the command %q with %+v (error %v)", command, c, err)
	}
	for _, args := range [][]string{{"--nope"}, {"--log-level=loud"}, {"backup", "file", "--data="}, {"backup"}, {"restore", "file", "stray"}, {"move"}, {"move", "--nats=nats://127.0.0.1", "--data="}, {"salvage"}, {"salvage", "file", "--data="}, {"trim"}, {"trim", "no", "--nats=nats://127.0.0.1"}, {"stray"}, {"--history=-1"}, {"--history-bytes=0"}, {"--fsync=never"}} {
		if _, _, err := parse(args); err == nil {
			t.Errorf("teahouse %v is accepted", args)
		}
	}
}

// A listen URL names a protocol, an address and settings; what is wrong with it is said in words.
func TestParseListenURL(t *testing.T) {
	day, never := 24*time.Hour, time.Duration(0)
	good := map[string]listenURL{
		"ssh://:2222":                       {scheme: "ssh", hostPort: ":2222"},
		"classic://127.0.0.1:8888?idle=24h": {scheme: "classic", hostPort: "127.0.0.1:8888", idle: &day},
		"gopl://[::1]:8000?idle=0":          {scheme: "gopl", hostPort: "[::1]:8000", idle: &never},

		"classic://:1?lang=en":            {scheme: "classic", hostPort: ":1", lang: language.English},
		"gopl://:1?lang=zh&charset=utf-8": {scheme: "gopl", hostPort: ":1", lang: language.Chinese, charset: tcpd.UTF8},
		"relay://:1?charset=gbk":          {scheme: "relay", hostPort: ":1", charset: tcpd.GBK},
		"im://:1?charset=auto&idle=0":     {scheme: "im", hostPort: ":1", idle: &never},
	}
	for raw, want := range good {
		got, err := parseListenURL(raw)
		if err != nil || got.scheme != want.scheme || got.hostPort != want.hostPort || got.lang != want.lang || got.charset != want.charset ||
			(got.idle == nil) != (want.idle == nil) || got.idle != nil && *got.idle != *want.idle {
			t.Errorf("--listen %s is read as %+v (error %v), want %+v", raw, got, err, want)
		}
	}
	bad := map[string]string{
		"":                         "write the door before it",
		"2222":                     "write the door before it",
		"0.0.0.0:2222":             "write the door before it, as in ssh://:2222; there are ssh, classic",
		"http://:80":               "is not one of the doors",
		":2222":                    "write the door before it",
		"ssh://host":               "ssh://HOST:PORT",
		"ssh://:22/path":           "ssh://HOST:PORT",
		"ssh://user@:22":           "ssh://HOST:PORT",
		"ssh://127.0.0.1:99999":    "the port 99999 is not a number up to 65535",
		"im://:1?idel=5s":          `no setting "idel"`,
		"im://:1?idle=soon":        "not a time",
		"im://:1?idle=-5s":         "not a time",
		"im://:1?idle=%31%30s&x=y": "no setting",
		"im://:1?charset=gb2312":   "not auto, utf-8 or gbk",
		"im://:1?lang=fr":          "not zh or en",
		"ssh://:1?lang=en":         "only idle",
		"relay://:1?lang=en":       "only idle and charset",
	}
	for raw, want := range bad {
		if _, err := parseListenURL(raw); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with --listen %q the operator reads %v, want %q", raw, err, want)
		}
	}
}

// The settings of a listen URL take effect.
func TestDoorSettings(t *testing.T) {
	h := &app{Hub: room.New(room.Config{})}
	for raw, want := range map[string]struct {
		charset tcpd.Charset
		lang    language.Tag
		idle    time.Duration
	}{
		"classic://:1":                          {tcpd.Auto, language.Chinese, time.Minute},
		"im://:1?lang=en&charset=gbk":           {tcpd.GBK, language.English, 10 * time.Second},
		"realtime://:1?idle=1h&charset=utf-8":   {tcpd.UTF8, language.Chinese, time.Hour},
		"gopl://:1?lang=zh&charset=auto&idle=0": {tcpd.Auto, language.Chinese, 0},
	} {
		a, err := parseListenURL(raw)
		if err != nil {
			t.Fatal(err)
		}
		d := h.newDoor(a).(*tcpd.Server)
		if d.Charset != want.charset || d.Dialect.Language != want.lang || d.Dialect.IdleTimeout != want.idle {
			t.Errorf("--listen %s opens a door with %v, %v and an idle timeout of %v, want %+v", raw, d.Charset, d.Dialect.Language, d.Dialect.IdleTimeout, want)
		}
	}
}

// The suggested command works on the server's machine.
func TestHint(t *testing.T) {
	tests := []struct{ scheme, at, want string }{
		{"ssh", "[::]:2222", "ssh -p 2222 localhost"},
		{"ssh", "0.0.0.0:22", "ssh -p 22 localhost"},
		{"ssh", "192.0.2.1:22", "ssh -p 22 192.0.2.1"},
		{"classic", "127.0.0.1:8888", "nc 127.0.0.1 8888"},
		{"gopl", "[::1]:8000", "nc ::1 8000"},
	}
	for _, test := range tests {
		at, err := net.ResolveTCPAddr("tcp", test.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := (listenURL{scheme: test.scheme}).hint(at); got != test.want {
			t.Errorf("for a %s door at %s the log suggests %q, want %q", test.scheme, test.at, got, test.want)
		}
	}
}

// A server that cannot start says why, in a sentence, with the right exit code.
func TestRunRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	inUse := t.TempDir()
	unlock, err := datadir.Lock(inUse)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--nope"}, exitConfig, "--help"},
		{[]string{"--listen=smtp://:25"}, exitConfig, "is not one of the doors"},
		{[]string{"--data", inUse}, exitFailed, "in use by another teahouse"},
		{[]string{"--data", file}, exitFailed, "data directory"},
		{[]string{"--data", t.TempDir(), "--listen=ssh://127.0.0.1:0", "--listen=im://" + taken.Addr().String()}, exitFailed, "cannot open the im door"},
	}
	for _, test := range tests {
		var stderr bytes.Buffer
		if code := run(test.args, io.Discard, &stderr); code != test.code || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("teahouse %v exits with %d and says %s; want %d and %q", test.args, code, &stderr, test.code, test.says)
		}
	}
}

// An impossible port is a mistake in the configuration: a service manager should not try again,
// and nothing has been made.
func TestPortsOutOfRange(t *testing.T) {
	for _, flag := range []string{"--listen=ssh://127.0.0.1:99999", "--listen=classic://:65536", "--metrics=99999", "--metrics=:65536", "--advertise=chat.example.org:99999", "--advertise=chat.example.org:0", "--proxy-protocol=10.0.0.1:22", "--nats=nats://127.0.0.1:99999", "--nats=nats://127.0.0.1:4222,nats://127.0.0.1:0"} {
		dir := filepath.Join(t.TempDir(), "data")
		if code := run([]string{"--data", dir, flag}, io.Discard, io.Discard); code != exitConfig {
			t.Errorf("teahouse %s exits with %d, want %d", flag, code, exitConfig)
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("teahouse %s makes a data directory", flag)
		}
	}
}

// --nats has one value however it is given, and an impossible one is refused before anything
// waits for it. A password is never shown.
func TestNATSServers(t *testing.T) {
	t.Setenv("TEAHOUSE_NATS", "nats://elsewhere:4222")
	for _, args := range [][]string{
		{"--nats", "nats://a:1,nats://b:2"},
		{"--nats", "nats://a:1", "--nats", "nats://b:2"},
	} {
		if c, _, err := parse(args); err != nil || c.Nats != "nats://a:1,nats://b:2" {
			t.Errorf("%v names the servers %q (error %v), want both", args, c.Nats, err)
		}
	}
	if c, _, err := parse([]string{"--nats", ""}); err != nil || c.Nats != "" {
		t.Errorf("--nats \"\" leaves the servers %q of the environment (error %v), want none", c.Nats, err)
	}
	for _, good := range []string{"nats://a", "a", "tls://me:secret@a:4222, nats://[::1]:4222", "ws://a:80"} {
		if _, _, err := parse([]string{"--nats", good}); err != nil {
			t.Errorf("--nats %s is refused: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"nats://me:secret@a:99999":   "the port 99999 of a is not a number from 1 to 65535",
		"nats://a:1,nats://[::1]:0":  "the port 0 of ::1 is not a number from 1 to 65535",
		"nats://me:secret@a:many":    "write each as nats://HOST:PORT",
		"nats://me:secret@[":         "write each as nats://HOST:PORT",
		"a:4222":                     "write each as nats://HOST:PORT",
		"nats://":                    "write each as nats://HOST:PORT",
		"nats://a:1,,nats://b:2":     "write each as nats://HOST:PORT",
		"nats://a:1,nats://secret:x": "write each as nats://HOST:PORT",
	} {
		t.Setenv("TEAHOUSE_NATS", bad)
		if _, _, err := parse(nil); err == nil || !strings.Contains(err.Error(), "--nats: ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("with the servers %s the operator reads %v, want %q and no password", bad, err, want)
		}
	}
}

// Whatever is given to --listen, the result is an address or an error.
func FuzzParseListenURL(f *testing.F) {
	for _, seed := range []string{"ssh://:2222", "im://[::1]:1?idle=5s", "://", "gopl://%zz", "relay://:1?idle=1h&idle=2h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parseListenURL(raw)
		if err == nil && !slices.Contains(schemes(), a.scheme) {
			t.Fatalf("--listen %q is accepted with the unknown protocol %q", raw, a.scheme)
		}
	})
}
