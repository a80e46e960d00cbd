package tcpd

import "io"

// What telnet clients send between the lines (RFC 854). None of these bytes is part
// of a text: FF is in no UTF-8 and no GBK.
const (
	telnetEOF  = 0xEC // the first of the commands, with those of RFC 1184
	telnetSB   = 0xFA // a subnegotiation, up to IAC SE, which is F0
	telnetWill = 0xFB // this and the rest, but IAC, are followed by an option
	telnetDo   = 0xFD
	telnetIAC  = 0xFF

	telnetTimingMark = 0x06 // a timing mark (RFC 860)

	// wontTimingMark answers a client that asks for a timing mark, as it does at ^C: it
	// shows nothing until it has an answer.
	wontTimingMark = "\xff\xfc\x06"

	// maxSubnegotiation is where one ends at the latest: who never ends it talks no
	// telnet.
	maxSubnegotiation = 1024
)

// The states of a telnet reader: what comes next.
const (
	telnetText    = iota
	telnetCommand // after IAC
	telnetOption  // after a command that has one
	telnetSub     // in a subnegotiation
	telnetSubEnd  // after IAC in one
)

// A telnetReader reader takes the telnet commands out of what a client sends. They may
// stand in the middle of a line, and reads may cut them. A return that is followed by
// NUL, which is one way to send Enter, ends a line.
type telnetReader struct {
	r            io.Reader
	onTimingMark func() // the client asks for a timing mark

	state             int
	command           byte
	subnegotiationLen int  // of the subnegotiation
	afterCR           bool // the last byte was a return
	overflow          []byte
}

// Read is that of [io.Reader].
func (t *telnetReader) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if len(t.overflow) > 0 {
			n := copy(p, t.overflow)
			t.overflow = t.overflow[n:]
			return n, nil
		}
		if t.state == telnetCommand {
			p = p[:1:1] // it may be none, and then there are two to give
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

// process appends b to kept, and what stands for it.
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
			return append(kept, b) // it is how one writes FF
		case b == telnetSB:
			t.state = telnetSub
		case b >= telnetWill:
			t.state = telnetOption
		case b < telnetEOF:
			return t.process(append(kept, telnetIAC), b) // no telnet
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
