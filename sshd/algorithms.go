package sshd

import gossh "golang.org/x/crypto/ssh"

// algorithms returns the algorithms that a client may choose from, the best first. Each key
// exchange costs the server less than a millisecond. Finite-field exchanges
// (diffie-hellman-group14 and the like) cost ten times as much, and a client can demand them
// without doing its own part. NIST curves, MACs with SHA-1 and MACs of plaintext are missing as
// well, because ssh-audit warns about them. All clients in use today support what is left.
func (s *Server) algorithms() gossh.Config {
	return gossh.Config{
		Rand: s.random,
		KeyExchanges: []string{
			gossh.KeyExchangeMLKEM768X25519,
			gossh.KeyExchangeCurve25519, // under both of its names
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

// signatureAlgorithms returns the algorithms by which users may prove that they hold a key: RSA
// only with SHA-2.
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
