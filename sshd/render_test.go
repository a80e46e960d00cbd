package sshd

import (
	"net/netip"

	"golang.org/x/text/language"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/netaddr"
	"teahouse/internal/render"
	"teahouse/internal/style"
)

// testFormat returns a Format as one session has it.
func testFormat(o render.Options) *render.Format {
	return render.NewCache(i18n.New().Printer).Acquire(o, netip.Prefix{})
}

// testPrefix returns the n-th of a series of addresses.
func testPrefix(n int) netip.Prefix {
	return netaddr.Address(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}))
}

// testOptions returns the options of a terminal with a width, in a zone.
func testOptions(width int, zone string) render.Options {
	return render.Options{Language: language.English, Syntax: command.SlashSyntax, End: "\r\n", Clock: "24", Zone: zone, Style: style.Style{Depth: style.Ansi256, Width: width}}
}
