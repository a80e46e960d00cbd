package sshd

import (
	"encoding/binary"
	"io"

	gossh "golang.org/x/crypto/ssh"
)

// Refuse tells an SSH client, instead of a handshake, why it is refused. OpenSSH and other
// clients show the sentence. It makes one Write, of the server's identification and an
// unencrypted disconnect message, which is allowed before the key exchange (RFC 4253, 11.1). The
// caller closes the connection; it should first read what the client sends, or the sentence may
// be lost.
//
// The sentence should be English, because the client's language is not known yet. OpenSSH escapes
// non-ASCII characters and shows at most 400 bytes.
func Refuse(w io.Writer, sentence string) error {
	packet := plainPacket(gossh.Marshal(disconnectMsg{
		Reason:  disconnectTooManyConnections,
		Message: sentence,
	}))
	_, err := w.Write(append([]byte("SSH-2.0-"+version+"\r\n"), packet...))
	return err
}

// disconnectTooManyConnections is SSH_DISCONNECT_TOO_MANY_CONNECTIONS (RFC 4253, 11.1).
const disconnectTooManyConnections = 12

// disconnectMsg is SSH_MSG_DISCONNECT (RFC 4253, 11.1).
type disconnectMsg struct {
	Reason   uint32 `sshtype:"1"`
	Message  string
	Language string
}

// plainPacket returns payload as a packet before there are keys (RFC 4253, 6): the packet's
// length, the padding's length, the payload, and at least 4 bytes of padding up to a multiple of
// 8. The padding hides nothing, so it is zeros.
func plainPacket(payload []byte) []byte {
	const head, block, leastPadding = 5, 8, 4
	padding := block - (head+len(payload))%block
	if padding < leastPadding {
		padding += block
	}
	packet := make([]byte, head+len(payload)+padding)
	binary.BigEndian.PutUint32(packet, uint32(len(packet)-4))
	packet[4] = byte(padding)
	copy(packet[head:], payload)
	return packet
}
