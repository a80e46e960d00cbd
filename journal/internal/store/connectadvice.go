package store

import (
	"crypto/x509"
	"errors"
	"net"

	"github.com/nats-io/nats.go"
)

// ConnectAdvice returns what an operator can do about the reason why a NATS server does not
// accept this node.
func ConnectAdvice(err error) string {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, misnamed := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	op, _ := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		return "give it a user whom it knows, in its URL or with --nats-creds or --nats-nkey"
	case errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked), errors.Is(err, nats.ErrAccountAuthExpired):
		return "put another credentials file in the place of that of --nats-creds"
	case unknown:
		return "give the certificate of its authority with --nats-tlsca"
	case misnamed:
		return "name it in --nats as its certificate does"
	case invalid:
		return "give that server another certificate, or look at the clocks"
	case errors.Is(err, nats.ErrSecureConnWanted):
		return "have it take TLS, or leave out tls:// and --nats-tls…"
	case errors.Is(err, nats.ErrTLS), op != nil && op.Op == "remote error": // a TLS alert
		return "see whether it wants a certificate of this node, and takes the one of --nats-tlscert"
	}
	return "see that it runs with JetStream, or correct --nats"
}
