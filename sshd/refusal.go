package sshd

import (
	"encoding/binary"
	"io"

	gossh "golang.org/x/crypto/ssh"
)

// Refuse tells an SSH client, in place of a handshake, why it may not come in:
// OpenSSH shows the sentence, and others do. It is one Write, of the server's
// identification and of a disconnection in the clear, which is allowed before
// keys are exchanged. The caller closes the connection; it should first read
// what the client sends, or the sentence may be lost.
//
// The sentence should be English. No language is known of the client yet, and
// OpenSSH escapes what is not ASCII; it shows no more than 400 bytes.
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

// plainPacket makes a packet of payload as it is before there are keys (RFC
// 4253, 6): its length, that of the padding, the payload, and padding to a
// multiple of 8 bytes, of which there must be 4. It hides nothing, so it is
// zeros.
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
