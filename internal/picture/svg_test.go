package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// drawnText draws one line of captured text and returns its elements.
func drawnText(line string) string {
	v := &screenView{lines: parseScreen(line)}
	_, rest, _ := strings.Cut(string(drawSVG(v, "en", "")), `opacity="0.7"/>`+"\n") // the cursor
	rest, _, _ = strings.Cut(rest, "</g>")
	return rest
}

// Text of any kind is drawn in its colours, each character in its cell.
func TestDrawLine(t *testing.T) {
	tests := []struct {
		name, line string
		want       []string
	}{
		{"words begin in their cells", "one  two", []string{`<tspan x="16.0">one  </tspan><tspan x="58.0">two</tspan>`}},
		{"marks of XML", `<a href="x">&amp;</a>`, []string{"&lt;a ", "&gt;&amp;amp;&lt;/a&gt;"}},
		{"wide characters have two cells", "小明: 茶x", []string{
			`x="16.0">小<`, `x="32.8">明<`, `x="49.6">: <`, `x="66.4">茶<`, `x="83.2">x<`}},
		{"an emoji of several runes is one", "👩‍🚀x", []string{`>👩‍🚀</tspan><tspan x="32.8">x<`}},
		{"a mark stays on its letter", "cafe\u0301 x", []string{">cafe\u0301"}},
		{"a colour of 256", "\x1b[38;5;161mx", []string{`fill="#d7005f">x`}},
		{"a grey of 256", "\x1b[38;5;232mx", []string{`fill="#080808">x`}},
		{"a colour of 24 bits", "\x1b[38;2;1;20;255mx", []string{`fill="#0114ff">x`}},
		{"several at once", "\x1b[1;3;4;31;2mx", []string{
			`<tspan x="16.0" fill="` + palette[1] + `" font-weight="bold" fill-opacity="0.75" font-style="italic" text-decoration="underline">x`}},
		{"all taken back", "\x1b[1;2;3;4;7;31;42mx\x1b[22;23;24;27;39;49my", []string{`<tspan x="24.4">y</tspan>`}},
		{"reset by 0 and by nothing", "\x1b[1mx\x1b[0my\x1b[1mz\x1b[m!", []string{`x="24.4">y`, `x="41.2">!`}},
		{"reversed", "a\x1b[7m小明 \x1b[0mb", []string{
			`<rect x="24.4" y="30" width="42.0" height="19" fill="` + foreground + `"/>`, `x="24.4" fill="` + background + `">小`}},
		{"reversed with a colour", "\x1b[7;38;2;1;2;3mx", []string{`fill="#010203"/>`, `fill="` + background + `">x`}},
		{"unfinished colours", "\x1b[38mx\x1b[38;5my\x1b[38;2;1;2mz", []string{`<tspan x="16.0">xyz</tspan>`}},
		{"links, other sequences, control characters", "a\x1b]8;;https://example.org\x1b\\b\x1b[Kc\x0ed\x1b", []string{`<tspan x="16.0">abcd</tspan>`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := drawnText(test.line)
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is drawn without\n%s:\n%s", test.line, want, got)
				}
			}
		})
	}
}

// A style continues on the next line.
func TestStyleContinuesOnNextLine(t *testing.T) {
	if got := drawnText("\x1b[1mx\ny"); strings.Count(got, `font-weight="bold"`) != 2 {
		t.Errorf("bold text is not bold on both lines: %s", got)
	}
}

// The picture is valid XML and contains the text, for screen readers.
func TestSVGIsValidAndHasText(t *testing.T) {
	v := &screenView{lines: parseScreen("\x1b[2m12:34\x1b[0m \x1b[1m小明\x1b[0m: 1 < 2 & 3\n\n> x\n\n\n"), x: 3, y: 2}
	picture := string(drawSVG(v, "zh-CN", `"茶" & <tea>`))
	if want := "<desc id=\"desc\">12:34 小明: 1 &lt; 2 &amp; 3\n&gt; x</desc>"; !strings.Contains(picture, want) {
		t.Errorf("a screen reader finds no %s in\n%s", want, picture)
	}
	if want := fmt.Sprintf(`height="%d" role`, titleBar+3*lineHeight+margin); !strings.Contains(picture, want) {
		t.Errorf("empty rows below the cursor are drawn:\n%s", picture)
	}
	if strings.Contains(picture, "%!") {
		t.Errorf("the picture shows a wrong format string:\n%s", picture)
	}
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
