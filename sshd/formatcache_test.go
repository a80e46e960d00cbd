package sshd

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

// testFormatOptions is the style of a terminal so wide, in a zone.
func testFormatOptions(width int, zone string) formatOptions {
	return formatOptions{language: language.English, syntax: room.SlashSyntax, end: "\r\n", clock: "24", zone: zone, style: style.Style{Depth: style.Ansi256, Width: width}}
}

// Sessions of one style share a voice, and so its lines, which one session alone does not
// keep. Once nobody has it, it is forgotten.
func TestFormatsAreShared(t *testing.T) {
	vs := newFormatCache(i18n.New().Printer)
	first := vs.acquire(testFormatOptions(80, ""), testPrefix(1))
	if first.Shared() || first.mention.Shared() || first.own.Shared() {
		t.Error("what one session reads is kept for others")
	}
	second := vs.acquire(testFormatOptions(80, ""), testPrefix(2))
	if first != second {
		t.Error("two voices of one style")
	}
	if !first.Shared() || !first.mention.Shared() || first.own.Shared() {
		t.Errorf("shared: %v, with a name %v, one's own %v", first.Shared(), first.mention.Shared(), first.own.Shared())
	}
	other := vs.acquire(testFormatOptions(100, ""), testPrefix(1))
	if other == first || other.Shared() {
		t.Error("one voice of two styles")
	}
	vs.release(first, testPrefix(1))
	if first.Shared() {
		t.Error("one who is gone shares")
	}
	vs.release(second, testPrefix(2))
	vs.release(other, testPrefix(1))
	if n := len(vs.formats); n > 0 {
		t.Errorf("%d voices are left", n)
	}
}

// A house renders for so many styles at most, whatever windows, zones and tastes people
// have, and one address has a part of them. Whoever comes later shares narrower rows, or
// has the plain form, in the right language.
func TestFormatsAreBounded(t *testing.T) {
	vs := newFormatCache(i18n.New().Printer)
	for n := range 40 {
		vs.acquire(testFormatOptions(style.WrapWidth(20+4*n), ""), testPrefix(1))
	}
	if n := len(vs.formats); n != maxFormatsPerAddress {
		t.Errorf("one address has %d styles, not %d", n, maxFormatsPerAddress)
	}
	if v := vs.acquire(testFormatOptions(200, ""), testPrefix(1)); v.style.Width != 80 || v.style.Depth != style.Ansi256 {
		t.Errorf("a wide window gets %+v", v.style)
	}
	if v := vs.acquire(testFormatOptions(200, ""), testPrefix(2)); v.style.Width != 200 {
		t.Errorf("somebody else gets %+v", v.style)
	}
	for n := range 1000 {
		vs.acquire(testFormatOptions(style.WrapWidth(n), "Asia/Shanghai"), testPrefix(n+3))
		vs.acquire(testFormatOptions(style.WrapWidth(n), "Asia/Tokyo"), testPrefix(n+3))
	}
	if n := len(vs.formats); n > maxFormats+1 {
		t.Errorf("there are %d styles", n)
	}
	stranger := testFormatOptions(80, "Africa/Cairo")
	stranger.language = language.Chinese
	v := vs.acquire(stranger, testPrefix(5000))
	if want := stranger.fallback(); v.formatOptions != want || !v.style.Plain || v.language != language.Chinese {
		t.Errorf("a stranger gets %+v", v.formatOptions)
	}
	if v := vs.acquire(testFormatOptions(80, ""), testPrefix(5000)); v.formatOptions != testFormatOptions(80, "") {
		t.Errorf("whose style there is gets %+v", v.formatOptions)
	}
	program := formatOptions{language: language.English, syntax: room.ExecSyntax, end: "\n", zone: "Africa/Cairo", style: style.Style{Tabs: true}}
	if v := vs.acquire(program, testPrefix(5001)); v.syntax != room.ExecSyntax || v.style != program.style || v.zone != "" {
		t.Errorf("a program gets %+v", v.formatOptions)
	}
}
