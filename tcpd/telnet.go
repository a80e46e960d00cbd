package tcpd

import "io"

// Telnet commands (RFC 854). None of these bytes is part of a text: FF occurs in neither UTF-8
// nor GBK.
const (
	telnetEOF  = 0xEC // the first command, including those of RFC 1184
	telnetSB   = 0xFA // begins a subnegotiation, which ends with IAC SE (F0)
	telnetWill = 0xFB // this and the following ones, except IAC, take an option
	telnetDo   = 0xFD
	telnetIAC  = 0xFF

	telnetTimingMark = 0x06 // timing mark (RFC 860)

	// wontTimingMark answers a client that asks for a timing mark, which it does on ^C: it shows
	// nothing until it has an answer.
	wontTimingMark = "\xff\xfc\x06"

	// maxSubnegotiation is the longest subnegotiation: a client that sends more does not speak
	// telnet.
	maxSubnegotiation = 1024
)

// The states of a telnetReader: what comes next.
const (
	telnetText    = iota
	telnetCommand // after IAC
	telnetOption  // after a command that takes one
	telnetSub     // in a subnegotiation
	telnetSubEnd  // after IAC in a subnegotiation
)

// A telnetReader removes telnet commands from a client's input. They may occur in the middle of a
// line and may be split between reads. CR NUL, one of telnet's line endings, becomes \n.
type telnetReader struct {
	r            io.Reader
	onTimingMark func() // called when the client asks for a timing mark

	state             int
	command           byte
	subnegotiationLen int  // bytes of the subnegotiation so far
	afterCR           bool // the last byte was CR
	overflow          []byte
}

// Read implements [io.Reader].
func (t *telnetReader) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if len(t.overflow) > 0 {
			n := copy(p, t.overflow)
			t.overflow = t.overflow[n:]
			return n, nil
		}
		if t.state == telnetCommand {
			p = p[:1:1] // if it is not a command, there are two bytes to return
		}
		n, err := t.r.Read(p)
		kept := p[:0]
		for _, b := range p[:n] {
			kept = t.process(kept, b)
		}
		if len(kept) > len(p) {
			t.overflow, kept = kept[len(p):], kept[:copy(p, kept)]
		}
		if len(kept) > 0 || err != nil {
			return len(kept), err
		}
	}
	return 0, nil
}

// process appends to kept what b adds to the text.
func (t *telnetReader) process(kept []byte, b byte) []byte {
	switch t.state {
	case telnetText:
		if b == telnetIAC {
			t.state = telnetCommand
			return kept
		}
		if b == 0 && t.afterCR {
			b = '\n'
		}
		t.afterCR = b == '\r'
		return append(kept, b)
	case telnetCommand:
		t.state, t.command, t.subnegotiationLen = telnetText, b, 0
		switch {
		case b == telnetIAC:
			return append(kept, b) // the escape for FF
		case b == telnetSB:
			t.state = telnetSub
		case b >= telnetWill:
			t.state = telnetOption
		case b < telnetEOF:
			return t.process(append(kept, telnetIAC), b) // not telnet
		}
	case telnetOption:
		t.state = telnetText
		if t.command == telnetDo && b == telnetTimingMark {
			t.onTimingMark()
		}
	case telnetSub, telnetSubEnd:
		switch t.subnegotiationLen++; {
		case t.state == telnetSubEnd && b != telnetIAC, t.subnegotiationLen == maxSubnegotiation:
			t.state = telnetText
		case t.state == telnetSub && b == telnetIAC:
			t.state = telnetSubEnd
		default:
			t.state = telnetSub
		}
	}
	return kept
}
