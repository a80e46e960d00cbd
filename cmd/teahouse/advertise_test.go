package main

import (
	"strings"
	"testing"

	"teahouse/room"
)

// Whatever is given to --advertise, the command that users are to type consists of plain words.
func FuzzAdvertised(f *testing.F) {
	for _, seed := range []string{"", "a:1", "[::1]:22", "a;b", "茶馆:22", "-o", "a\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var a advertisedAddr
		if a.UnmarshalText([]byte(raw)) != nil {
			return
		}
		if len(raw) > maxAdvertisedLen || strings.ContainsAny(a.Command, "\x00\n\t\x1b;&|<>$`'\"\\(){}*?#~!") || strings.HasPrefix(a.Host, "-") {
			t.Errorf("with --advertise %q users are told to type %q", raw, a.Command)
		}
	})
}

// An advertised address is a host and perhaps a port, and nothing more to a shell.
func TestAdvertised(t *testing.T) {
	long := strings.Repeat("x", maxAdvertisedLen)
	for raw, want := range map[string]room.Redirect{
		"":                      {},
		"chat.example.org":      {Address: "chat.example.org", Host: "chat.example.org", Command: "ssh chat.example.org"},
		"chat.example.org:2222": {Address: "chat.example.org:2222", Host: "chat.example.org", Command: "ssh -p 2222 chat.example.org"},
		"[2001:db8::1]:22":      {Address: "[2001:db8::1]:22", Host: "2001:db8::1", Command: "ssh -p 22 2001:db8::1"},
		"2001:db8::1":           {Address: "2001:db8::1", Host: "2001:db8::1", Command: "ssh 2001:db8::1"},
		"茶馆.example:2222":       {Address: "茶馆.example:2222", Host: "茶馆.example", Command: "ssh -p 2222 茶馆.example"},
		long:                    {Address: long, Host: long, Command: "ssh " + long},
	} {
		t.Setenv("TEAHOUSE_ADVERTISE", raw)
		if c, _, err := parse(nil); err != nil || c.Advertise.Redirect != want {
			t.Errorf("--advertise %q is read as %+v (error %v), want %+v", raw, c.Advertise, err, want)
		}
	}
	for _, raw := range []string{":2222", "a b", "a\nb", "a\x1b[31m", "a:b:c", "a:0", "a:65536", "a:", "-oProxyCommand=x", "a;b", "$(a)", "ssh://a", "[a]:1:2", "fe80::1%eth0", "a\xff", long + "x"} {
		var a advertisedAddr
		if err := a.UnmarshalText([]byte(raw)); err == nil || !strings.Contains(err.Error(), "is not a HOST or HOST:PORT") {
			t.Errorf("--advertise %q is read as %+v (error %v), want a refusal", raw, a, err)
		}
	}
}
