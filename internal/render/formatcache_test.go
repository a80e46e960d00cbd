package render

import (
	"net/netip"
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/netaddr"
	"teahouse/internal/style"
)

func testPrefix(n int) netip.Prefix {
	return netaddr.Address(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}))
}

// testOptions returns the options of a terminal with a width, in a zone.
func testOptions(width int, zone string) Options {
	return Options{Language: language.English, Syntax: command.SlashSyntax, End: "\r\n", Clock: "24", Zone: zone, Style: style.Style{Depth: style.Ansi256, Width: width}}
}

// Sessions with the same options share a Format, and so its lines, which a single session does
// not keep. A Format that no session has is dropped.
func TestFormatsAreShared(t *testing.T) {
	vs := NewCache(i18n.New().Printer)
	first := vs.Acquire(testOptions(80, ""), testPrefix(1))
	if first.Shared() || first.mention.Shared() || first.own.Shared() {
		t.Error("lines are kept for others although one session alone has the format")
	}
	second := vs.Acquire(testOptions(80, ""), testPrefix(2))
	if first != second {
		t.Error("two sessions with the same options have different formats")
	}
	if !first.Shared() || !first.mention.Shared() || first.own.Shared() {
		t.Errorf("of two sessions with the same options, lines are shared: %v, mentions: %v, own lines: %v; want true, true, false", first.Shared(), first.mention.Shared(), first.own.Shared())
	}
	other := vs.Acquire(testOptions(100, ""), testPrefix(1))
	if other == first || other.Shared() {
		t.Error("two sessions with different widths share a format")
	}
	vs.Release(first, testPrefix(1))
	if first.Shared() {
		t.Error("lines are still shared after the other session has left")
	}
	vs.Release(second, testPrefix(2))
	vs.Release(other, testPrefix(1))
	if n := len(vs.formats); n > 0 {
		t.Errorf("after all sessions have left, %d formats are kept", n)
	}
}

// The number of formats is bounded, whatever windows, zones and settings users have, and one
// address can only have a part of them. Later sessions share narrower rows, or get the plain
// fallback, in the right language.
func TestFormatsAreBounded(t *testing.T) {
	vs := NewCache(i18n.New().Printer)
	for n := range 40 {
		vs.Acquire(testOptions(style.WrapWidth(20+4*n), ""), testPrefix(1))
	}
	if n := len(vs.formats); n != maxFormatsPerAddress {
		t.Errorf("one address has %d formats, want %d", n, maxFormatsPerAddress)
	}
	if v := vs.Acquire(testOptions(200, ""), testPrefix(1)); v.Style.Width != 80 || v.Style.Depth != style.Ansi256 {
		t.Errorf("an address with too many formats gets %+v for a wide window, want the next narrower one", v.Style)
	}
	if v := vs.Acquire(testOptions(200, ""), testPrefix(2)); v.Style.Width != 200 {
		t.Errorf("another address gets %+v, want its own width", v.Style)
	}
	for n := range 1000 {
		vs.Acquire(testOptions(style.WrapWidth(n), "Asia/Shanghai"), testPrefix(n+3))
		vs.Acquire(testOptions(style.WrapWidth(n), "Asia/Tokyo"), testPrefix(n+3))
	}
	if n := len(vs.formats); n > maxFormats+1 {
		t.Errorf("there are %d formats, want %d at most", n, maxFormats+1)
	}
	stranger := testOptions(80, "Africa/Cairo")
	stranger.Language = language.Chinese
	v := vs.Acquire(stranger, testPrefix(5000))
	if want := stranger.fallback(); v.Options != want || !v.Style.Plain || v.Language != language.Chinese {
		t.Errorf("when there are too many formats a newcomer gets %+v, want the plain one in Chinese", v.Options)
	}
	if v := vs.Acquire(testOptions(80, ""), testPrefix(5000)); v.Options != testOptions(80, "") {
		t.Errorf("a newcomer whose format exists gets %+v", v.Options)
	}
	program := Options{Language: language.English, Syntax: command.ExecSyntax, End: "\n", Zone: "Africa/Cairo", Style: style.Style{Tabs: true}}
	if v := vs.Acquire(program, testPrefix(5001)); v.Syntax != command.ExecSyntax || v.Style != program.Style || v.Zone != "" {
		t.Errorf("when there are too many formats a program gets %+v, want its own without the zone", v.Options)
	}
}
