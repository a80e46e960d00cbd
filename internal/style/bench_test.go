package style

import (
	"strings"
	"testing"
)

// BenchmarkLine measures what a line costs for each style in use, however many readers share it.
func BenchmarkLine(b *testing.B) {
	sty := Style{Depth: TrueColour, Width: 80, Links: true}
	head := sty.Faint("12:34") + " " + sty.Name("alice", "alice") + ": "
	for name, text := range map[string]string{
		"ascii 40":           "what is said is mostly as short as this ",
		"ascii 80":           strings.Repeat("some talk ", 8),
		"中文 80":              strings.Repeat("茶馆里大家说话", 4)[:78],
		"markup 80":          "see *this* and `that` at https://example.com/a/b?c=d, it is _really_ worth ok ok",
		"ascii 800":          strings.Repeat("some talk ", 80),
		"中文 800":             strings.Repeat("茶馆里大家说话", 40)[:798],
		"ascii 80, 200 wide": "",
	} {
		l := sty
		if text == "" {
			text, l.Width = strings.Repeat("some talk ", 8), 200
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst = l.Line(dst[:0], head, l.Text(text), "\r\n")
			}
		})
	}
}

func BenchmarkName(b *testing.B) {
	for name, depth := range map[string]Depth{"256": Ansi256, "true": TrueColour} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Style{Depth: depth}.Name("alice", "SHA256:uNiVztksCsDhcc0u9e8BrrJXVGuDHOQ0kwDJyNDwBaQ")
			}
		})
	}
}

// BenchmarkAdversarial renders texts of the greatest length made of what might begin markup. Each
// must be read about once, not once for each possible beginning.
func BenchmarkAdversarial(b *testing.B) {
	sty := Style{Depth: TrueColour, Links: true, Width: 20}
	for _, piece := range []string{"*a ", "`a ", "*a `", "*_", "http://", "https://a)", "(*", "``", "*中", "\n```\n", "```a\n", " *", "\u1100"} {
		text := strings.Repeat(piece, 4000/len(piece))
		b.Run(strings.ReplaceAll(piece, "/", "|"), func(b *testing.B) {
			for b.Loop() {
				sty.Line(nil, "alice: ", sty.Text(text), "\r\n")
			}
		})
	}
}
