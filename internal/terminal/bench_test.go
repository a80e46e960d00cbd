package terminal

import (
	"bytes"
	"strings"
	"testing"
)

// BenchmarkDrawLines measures what a line costs each reader whose own row has not changed.
func BenchmarkDrawLines(b *testing.B) {
	terminal := New(Config{Prompt: "> "})
	line := []byte("12:34 <ann> The kettle is on, come and sit down 中文\r\n")
	out := terminal.Open(nil, nil)
	terminal.Feed([]byte("half a line 一半"))
	b.ReportAllocs()
	for b.Loop() {
		out = terminal.Draw(out[:0], line)
	}
}

// BenchmarkTyping measures a keystroke and the drawing of it.
func BenchmarkTyping(b *testing.B) {
	for name, keys := range map[string]string{
		"ascii":  "a",
		"han":    "中",
		"family": family,
	} {
		b.Run(name, func(b *testing.B) {
			terminal := New(Config{Prompt: "> "})
			out := terminal.Open(nil, nil)
			key := []byte(keys)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if n%100 == 99 {
					terminal.Feed([]byte{ctrl('C')})
				}
				terminal.Feed(key)
				out = terminal.Draw(out[:0], nil)
			}
		})
	}
}

// BenchmarkFlood measures input that is meant to be expensive.
func BenchmarkFlood(b *testing.B) {
	flags := strings.Repeat("🇨🇳", 400)
	long := strings.Repeat("中", 1300)
	for name, flood := range map[string][2]string{
		"letters":      {"", "a"},
		"middle":       {long + "\x1b[D\x1b[D", "中\x7f"},
		"flags":        {flags + "\x01", "🇫\x02\x06\x7f"},
		"ends":         {long, "\x01\x05"},
		"words":        {long, "\x1bb\x1bf"},
		"history":      {"a\r" + long + "\r\x10", "\x10\x0e"},
		"kill":         {long, "\x15\x19"},
		"undo":         {long + "\x02", "x\x1f"},
		"search":       {"a\r" + long + "\r\x12", "x\x7f\x7fa\x12\x7f中"},
		"search again": {long + "\r", "\x12中\x07"},
		"complete":     {strings.Repeat("a", 3000), "\t"},
		"blocks":       {"", strings.Repeat(pasteOn+"a\nb"+pasteOff, 40) + strings.Repeat("x", 100) + "\x03"},
		"marks":        {"", "\u0301"},
		"control C":    {"", "\x03"},
		"paste":        {"", "\x1b[200~" + strings.Repeat("x", 4000) + "\x1b[201~\x03"},
		"end of paste": {"", "\x1b[200~\x1b[201~"},
	} {
		b.Run(name, func(b *testing.B) {
			terminal := New(Config{Complete: completeNames("ann", "bob")})
			terminal.Feed([]byte(flood[0]))
			bytes := bytes.Repeat([]byte(flood[1]), 4096/len(flood[1])+1)
			b.SetBytes(int64(len(bytes)))
			for b.Loop() {
				terminal.Feed(bytes)
			}
		})
	}
}
