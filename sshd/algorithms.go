package sshd

import gossh "golang.org/x/crypto/ssh"

// algorithms returns what a client may choose from, the best first. Each key exchange
// costs the server less than a millisecond; those by finite fields (diffie-hellman-group14
// and the like) cost ten times as much, which a client can ask for without doing its own
// part. What ssh-audit warns of is not here either: the curves of NIST, MACs by SHA-1, and
// MACs of what is not encrypted yet. Of the clients in use today all know what is left.
func algorithms() gossh.Config {
	return gossh.Config{
		KeyExchanges: []string{
			gossh.KeyExchangeMLKEM768X25519,
			gossh.KeyExchangeCurve25519, // by both of its names
		},
		Ciphers: []string{
			gossh.CipherChaCha20Poly1305,
			gossh.CipherAES128GCM,
			gossh.CipherAES256GCM,
			gossh.CipherAES128CTR,
			gossh.CipherAES192CTR,
			gossh.CipherAES256CTR,
		},
		MACs: []string{
			gossh.HMACSHA256ETM,
			gossh.HMACSHA512ETM,
		},
	}
}

// signatureAlgorithms returns how people may prove that they have a key: with RSA by SHA-2 alone.
func signatureAlgorithms() []string {
	return []string{
		gossh.KeyAlgoED25519,
		gossh.KeyAlgoSKED25519,
		gossh.KeyAlgoECDSA256,
		gossh.KeyAlgoECDSA384,
		gossh.KeyAlgoECDSA521,
		gossh.KeyAlgoSKECDSA256,
		gossh.KeyAlgoRSASHA512,
		gossh.KeyAlgoRSASHA256,
	}
}
