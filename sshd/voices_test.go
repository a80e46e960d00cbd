package sshd

import (
	"net/netip"
	"testing"

	"golang.org/x/text/language"

	"teahouse/look"
	"teahouse/room"
)

func address(n int) netip.Prefix {
	return room.Source(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}))
}

// seen is the style of a terminal so wide, in a zone.
func seen(width int, zone string) style {
	return style{language: language.English, form: room.Slashed, end: "\r\n", clock: "24", zone: zone, look: look.Look{Depth: look.Ansi256, Width: width}}
}

// Sessions of one style share a voice, and so its lines, which one session alone does not
// keep. Once nobody has it, it is forgotten.
func TestVoicesAreShared(t *testing.T) {
	vs := newVoices()
	first := vs.take(seen(80, ""), address(1))
	if first.Shared() || first.named.Shared() || first.own.Shared() {
		t.Error("what one session reads is kept for others")
	}
	second := vs.take(seen(80, ""), address(2))
	if first != second {
		t.Error("two voices of one style")
	}
	if !first.Shared() || !first.named.Shared() || first.own.Shared() {
		t.Errorf("shared: %v, with a name %v, one's own %v", first.Shared(), first.named.Shared(), first.own.Shared())
	}
	other := vs.take(seen(100, ""), address(1))
	if other == first || other.Shared() {
		t.Error("one voice of two styles")
	}
	vs.leave(first, address(1))
	if first.Shared() {
		t.Error("one who is gone shares")
	}
	vs.leave(second, address(2))
	vs.leave(other, address(1))
	if n := len(vs.known); n > 0 {
		t.Errorf("%d voices are left", n)
	}
}

// A house renders for so many styles at most, whatever windows, zones and tastes people
// have, and one address has a part of them. Whoever comes later shares narrower rows, or
// has the plain form, in the right language.
func TestStylesAreBounded(t *testing.T) {
	vs := newVoices()
	for n := range 40 {
		vs.take(seen(look.Fitting(20+4*n), ""), address(1))
	}
	if n := len(vs.known); n != mostStylesOfOne {
		t.Errorf("one address has %d styles, not %d", n, mostStylesOfOne)
	}
	if v := vs.take(seen(200, ""), address(1)); v.look.Width != 80 || v.look.Depth != look.Ansi256 {
		t.Errorf("a wide window gets %+v", v.look)
	}
	if v := vs.take(seen(200, ""), address(2)); v.look.Width != 200 {
		t.Errorf("somebody else gets %+v", v.look)
	}
	for n := range 1000 {
		vs.take(seen(look.Fitting(n), "Asia/Shanghai"), address(n+3))
		vs.take(seen(look.Fitting(n), "Asia/Tokyo"), address(n+3))
	}
	if n := len(vs.known); n > mostStyles+1 {
		t.Errorf("there are %d styles", n)
	}
	stranger := seen(80, "Africa/Cairo")
	stranger.language = language.Chinese
	v := vs.take(stranger, address(5000))
	if want := stranger.plain(); v.style != want || !v.look.Plain || v.language != language.Chinese {
		t.Errorf("a stranger gets %+v", v.style)
	}
	if v := vs.take(seen(80, ""), address(5000)); v.style != seen(80, "") {
		t.Errorf("whose style there is gets %+v", v.style)
	}
	program := style{language: language.English, form: room.Exec, end: "\n", zone: "Africa/Cairo", look: look.Look{Tabs: true}}
	if v := vs.take(program, address(5001)); v.form != room.Exec || v.look != program.look || v.zone != "" {
		t.Errorf("a program gets %+v", v.style)
	}
}
