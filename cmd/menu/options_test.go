package main

import (
	"bytes"
	"errors"
	"flag"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/i18n"
	"teahouse/internal/testkit"
)

func TestParse(t *testing.T) {
	tests := []struct {
		args, want string
	}{
		{"", "127.0.0.1:8888"},
		{"-ip example.org -port 1", "example.org:1"},
		{"--ip=::1 --port=65535", "[::1]:65535"},
	}
	for _, test := range tests {
		var stderr bytes.Buffer
		o, err := parseOptions(strings.Fields(test.args), &stderr, i18n.New().Printer(language.English))
		if err != nil || o.address() != test.want || stderr.Len() > 0 {
			t.Errorf("menu %q connects to %s (error %v) and says %q; want %s", test.args, o.address(), err, &stderr, test.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		args, says string
		status     int
	}{
		{"-colour", "flag provided but not defined: -colour", 2},
		{"-port", "flag needs an argument: -port", 2},
		{"-port http", `invalid value "http" for flag -port`, 2},
		{"-port 0", testkit.EnglishPart("menu-invalid-port", 0) + "0:", 2},
		{"-port 65536", testkit.EnglishPart("menu-invalid-port", 0) + "65536:", 2},
		{"localhost", testkit.EnglishStart("menu-extra-argument", "localhost"), 2},
		{"-h", "", 0},
	}
	for _, test := range tests {
		var stderr bytes.Buffer
		if status := run(strings.Fields(test.args), nil, nil, &stderr, englishEnv); status != test.status {
			t.Errorf("menu %q exits with %d, want %d", test.args, status, test.status)
		}
		said := stderr.String()
		if !strings.HasPrefix(said, test.says) || strings.Count(said, i18n.English(usage)) != 1 || !strings.Contains(said, "-port port") {
			t.Errorf("menu %q says %q; want %q and the usage, once", test.args, said, test.says)
		}
	}
}

func TestHelpExitsZero(t *testing.T) {
	_, err := parseOptions([]string{"-help"}, new(bytes.Buffer), i18n.New().Printer(language.English))
	if !errors.Is(err, flag.ErrHelp) {
		t.Errorf("asking for help returns %v, want %v", err, flag.ErrHelp)
	}
}
