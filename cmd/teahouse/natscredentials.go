package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nats-io/nats.go"

	"teahouse/internal/datadir"
	"teahouse/journal"
)

// natsCredentials are the files by which this node and the NATS servers identify each other. After
// --nats-, the flags have the names that the nats command uses.
type natsCredentials struct {
	Creds   string `help:"Credentials file for the NATS servers, with the JWT and the seed of a user." env:"TEAHOUSE_NATS_CREDS" placeholder:"FILE"`
	Nkey    string `help:"File with the seed of an nkey for the NATS servers." env:"TEAHOUSE_NATS_NKEY" placeholder:"FILE"`
	Tlscert string `help:"This node's certificate for the NATS servers, in PEM." env:"TEAHOUSE_NATS_TLSCERT" placeholder:"FILE"`
	Tlskey  string `help:"The private key of --nats-tlscert, in PEM." env:"TEAHOUSE_NATS_TLSKEY" placeholder:"FILE"`
	Tlsca   string `help:"The NATS servers' certificate authority, in PEM. It replaces those that the system knows." env:"TEAHOUSE_NATS_TLSCA" placeholder:"FILE"`
}

// A natsFile is one of them.
type natsFile struct {
	flag   string
	path   string // "" if not given
	secret bool
}

func (f natsCredentials) list() []natsFile {
	return []natsFile{
		{"--nats-creds", f.Creds, true},
		{"--nats-nkey", f.Nkey, true},
		{"--nats-tlscert", f.Tlscert, false},
		{"--nats-tlskey", f.Tlskey, true},
		{"--nats-tlsca", f.Tlsca, false},
	}
}

// checkNATS checks whether the flags for the NATS servers fit together.
func (c config) checkNATS() error {
	if c.Nats != "" {
		if err := journal.CheckURLs(c.Nats); err != nil {
			return fmt.Errorf("--nats: %w", err)
		}
	}
	for _, file := range c.NatsCredentials.list() {
		if file.path != "" && c.Nats == "" {
			return fmt.Errorf("%s is for NATS servers, and --nats names none", file.flag)
		}
	}
	switch {
	case (c.NatsCredentials.Tlscert == "") != (c.NatsCredentials.Tlskey == ""):
		return errors.New("--nats-tlscert and --nats-tlskey are the two halves of one certificate; give both")
	case c.NatsCredentials.Creds != "" && c.NatsCredentials.Nkey != "":
		return errors.New("--nats-creds and --nats-nkey are two ways to say who this is; give one")
	}
	return nil
}

// applyTo is a [nats.Option] that makes a client use the files. The client reads them again for
// each connection, so a renewed file takes effect with the next one; reading them here reports
// what is wrong with them.
func (f natsCredentials) applyTo(o *nats.Options) error {
	for _, file := range f.list() {
		if err := file.check(); err != nil {
			return err
		}
	}
	for _, use := range []func(*nats.Options) error{f.useCreds, f.useNkey, f.useCertificate, f.useCA} {
		if err := use(o); err != nil {
			return err
		}
	}
	return nil
}

// check returns an error if a file cannot be used, whatever it contains.
func (f natsFile) check() error {
	if f.path == "" {
		return nil
	}
	info, err := os.Stat(f.path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", f.flag, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: %s is not a regular file", f.flag, f.path)
	case f.secret && datadir.OthersMode(info)&0o007 != 0:
		return fmt.Errorf("%s: everybody on this machine can get at %s (mode %#o): run chmod o= on it", f.flag, f.path, info.Mode().Perm())
	}
	return nil
}

func (f natsCredentials) useCreds(o *nats.Options) error {
	if f.Creds == "" {
		return nil
	}
	if err := nats.UserCredentials(f.Creds)(o); err != nil {
		return fmt.Errorf("--nats-creds: %w", err)
	}
	token, err := o.UserJWT()
	if err == nil && strings.Count(token, ".") != 2 { // the library takes any other file for a JWT, and would send a seed
		err = errors.New("there is no JWT in it")
	}
	if err == nil {
		_, err = o.SignatureCB(nil)
	}
	if err != nil {
		return fmt.Errorf("--nats-creds: %s cannot be used: %w; it must have the JWT and the seed of a user, as nsc generate creds writes them", f.Creds, err)
	}
	return nil
}

func (f natsCredentials) useNkey(o *nats.Options) error {
	if f.Nkey == "" {
		return nil
	}
	use, err := nats.NkeyOptionFromSeed(f.Nkey)
	if err != nil {
		return fmt.Errorf("--nats-nkey: %s cannot be used: %w; it must have the seed of a user, which begins with SU, as nk -gen user writes it", f.Nkey, err)
	}
	return use(o)
}

func (f natsCredentials) useCertificate(o *nats.Options) error {
	if f.Tlscert == "" {
		return nil
	}
	if err := nats.ClientCert(f.Tlscert, f.Tlskey)(o); err != nil {
		return fmt.Errorf("--nats-tlscert and --nats-tlskey: %s and %s cannot be used: %w; they must be a certificate and its private key, in PEM and without a passphrase", f.Tlscert, f.Tlskey, err)
	}
	return nil
}

func (f natsCredentials) useCA(o *nats.Options) error {
	if f.Tlsca == "" {
		return nil
	}
	if err := nats.RootCAs(f.Tlsca)(o); err != nil {
		return fmt.Errorf("--nats-tlsca: %w; it must be the certificate of the servers' authority, in PEM", err)
	}
	return nil
}
