package render

import (
	"net/netip"
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/i18n"
	"teahouse/internal/netaddr"
	"teahouse/internal/style"
	"teahouse/room"
)

func testPrefix(n int) netip.Prefix {
	return netaddr.Address(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}))
}

// testOptions returns the options of a terminal with a width, in a zone.
func testOptions(width int, zone string) Options {
	return Options{Language: language.English, Syntax: room.SlashSyntax, End: "\r\n", Clock: "24", Zone: zone, Style: style.Style{Depth: style.Ansi256, Width: width}}
}

// Sessions with the same options share a Format, and so its lines, which a single session does
// not keep. A Format that no session has is dropped.
func TestFormatsAreShared(t *testing.T) {
	vs := NewCache(i18n.New().Printer)
	first := vs.Acquire(testOptions(80, ""), testPrefix(1))
	if first.Shared() || first.Mention.Shared() || first.Own.Shared() {
		t.Error("what one session reads is kept for others")
	}
	second := vs.Acquire(testOptions(80, ""), testPrefix(2))
	if first != second {
		t.Error("two voices of one style")
	}
	if !first.Shared() || !first.Mention.Shared() || first.Own.Shared() {
		t.Errorf("shared: %v, with a name %v, one's own %v", first.Shared(), first.Mention.Shared(), first.Own.Shared())
	}
	other := vs.Acquire(testOptions(100, ""), testPrefix(1))
	if other == first || other.Shared() {
		t.Error("one voice of two styles")
	}
	vs.Release(first, testPrefix(1))
	if first.Shared() {
		t.Error("one who is gone shares")
	}
	vs.Release(second, testPrefix(2))
	vs.Release(other, testPrefix(1))
	if n := len(vs.formats); n > 0 {
		t.Errorf("%d voices are left", n)
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
		t.Errorf("one address has %d styles, not %d", n, maxFormatsPerAddress)
	}
	if v := vs.Acquire(testOptions(200, ""), testPrefix(1)); v.Style.Width != 80 || v.Style.Depth != style.Ansi256 {
		t.Errorf("a wide window gets %+v", v.Style)
	}
	if v := vs.Acquire(testOptions(200, ""), testPrefix(2)); v.Style.Width != 200 {
		t.Errorf("somebody else gets %+v", v.Style)
	}
	for n := range 1000 {
		vs.Acquire(testOptions(style.WrapWidth(n), "Asia/Shanghai"), testPrefix(n+3))
		vs.Acquire(testOptions(style.WrapWidth(n), "Asia/Tokyo"), testPrefix(n+3))
	}
	if n := len(vs.formats); n > maxFormats+1 {
		t.Errorf("there are %d styles", n)
	}
	stranger := testOptions(80, "Africa/Cairo")
	stranger.Language = language.Chinese
	v := vs.Acquire(stranger, testPrefix(5000))
	if want := stranger.fallback(); v.Options != want || !v.Style.Plain || v.Language != language.Chinese {
		t.Errorf("a stranger gets %+v", v.Options)
	}
	if v := vs.Acquire(testOptions(80, ""), testPrefix(5000)); v.Options != testOptions(80, "") {
		t.Errorf("whose style there is gets %+v", v.Options)
	}
	program := Options{Language: language.English, Syntax: room.ExecSyntax, End: "\n", Zone: "Africa/Cairo", Style: style.Style{Tabs: true}}
	if v := vs.Acquire(program, testPrefix(5001)); v.Syntax != room.ExecSyntax || v.Style != program.Style || v.Zone != "" {
		t.Errorf("a program gets %+v", v.Options)
	}
}
