package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"teahouse/internal/testkit/natstest"
)

// natsServer starts a NATS server, and returns its URL.
func natsServer(t *testing.T, o *server.Options) string {
	t.Helper()
	o.Port = server.RANDOM_PORT
	return natstest.Start(t, o).ClientURL()
}

// A certAuthority signs certificates.
type certAuthority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string // of its certificate
}

func newAuthority(t *testing.T) *certAuthority {
	t.Helper()
	a := &certAuthority{t: t}
	a.cert = &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.file, _ = a.sign(a.cert)
	pair, err := os.ReadFile(a.file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(pair)
	if a.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign returns files with a certificate and its key; the first one that it signs is its own.
func (a *certAuthority) sign(c *x509.Certificate) (cert, key string) {
	a.t.Helper()
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if a.key == nil {
		a.key = pair
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, a.cert, pair.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		a.t.Fatal(err)
	}
	return writeFile(a.t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))),
		writeFile(a.t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

// node signs the certificate of a client.
func (a *certAuthority) node() (cert, key string) {
	return a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "node"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

// verifying returns the options of a server with a certificate of this authority that requires
// one from its clients, too.
func (a *certAuthority) verifying() *server.Options {
	a.t.Helper()
	return a.verifyingAs(&x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
}

// verifyingAs does what verifying does, with a template for the server's certificate.
func (a *certAuthority) verifyingAs(c *x509.Certificate) *server.Options {
	a.t.Helper()
	pair, err := tls.LoadX509KeyPair(a.sign(c))
	if err != nil {
		a.t.Fatal(err)
	}
	nodes := x509.NewCertPool()
	nodes.AddCert(a.cert)
	return &server.Options{
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: nodes},
		TLSVerify: true, TLSTimeout: 3,
	}
}

// newSeed makes a key pair for NATS.
func newSeed(t *testing.T, role nkeys.PrefixByte) (pair nkeys.KeyPair, public, seed string) {
	t.Helper()
	pair, err := nkeys.CreatePair(role)
	if err != nil {
		t.Fatal(err)
	}
	if public, err = pair.PublicKey(); err != nil {
		t.Fatal(err)
	}
	raw, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return pair, public, string(raw)
}

// jwtServer returns the options of a server that only accepts a user of an account, both with
// JWTs, and that user's credentials file.
func jwtServer(t *testing.T) (o *server.Options, creds string) {
	t.Helper()
	operator, operatorKey, _ := newSeed(t, nkeys.PrefixByteOperator)
	account, accountKey, _ := newSeed(t, nkeys.PrefixByteAccount)
	_, userKey, userSeed := newSeed(t, nkeys.PrefixByteUser)

	_, systemKey, _ := newSeed(t, nkeys.PrefixByteAccount) // which JetStream wants

	accounts := &server.MemAccResolver{}
	for _, key := range []string{accountKey, systemKey} {
		claims := jwt.NewAccountClaims(key)
		if key == accountKey {
			claims.Limits.JetStreamLimits = jwt.JetStreamLimits{DiskStorage: jwt.NoLimit, MemoryStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit}
		}
		known, err := claims.Encode(operator)
		if err != nil {
			t.Fatal(err)
		}
		if err := accounts.Store(key, known); err != nil {
			t.Fatal(err)
		}
	}
	token, err := jwt.NewUserClaims(userKey).Encode(account)
	if err != nil {
		t.Fatal(err)
	}
	file, err := jwt.FormatUserConfig(token, []byte(userSeed))
	if err != nil {
		t.Fatal(err)
	}
	return &server.Options{
		TrustedOperators: []*jwt.OperatorClaims{jwt.NewOperatorClaims(operatorKey)}, AccountResolver: accounts, SystemAccount: systemKey,
	}, writeFile(t, "tea.creds", string(file))
}

// nkeyServer returns the options of a server that only accepts the user with an nkey, and the
// file with its seed.
func nkeyServer(t *testing.T) (o *server.Options, nkey string) {
	t.Helper()
	_, public, seed := newSeed(t, nkeys.PrefixByteUser)
	return &server.Options{Nkeys: []*server.NkeyUser{{Nkey: public}}}, writeFile(t, "tea.nk", seed+"\n")
}
