package doctor

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/journal"
)

// checkNATSFiles checks the files with which the server identifies itself to the NATS servers,
// and they to it.
func (d *doctor) checkNATSFiles(context.Context) (findings []finding) {
	var options nats.Options
	for _, use := range d.Journal.NATSOptions {
		if err := use(&options); err != nil {
			d.natsFilesUnusable = true
			return newFinding(severityError, "The NATS servers cannot be reached, because of %v.", err)
		}
	}
	for _, file := range d.NATSFiles {
		if file.Path == "" {
			continue
		}
		f := checkFileMode("The file of "+file.Flag, file.Path)
		if f == nil {
			f = newFinding(severityOK, "The file of %s, %s, can be used.", file.Flag, file.Path)
		}
		findings = append(findings, f...)
	}
	if options.TLSCertCB != nil {
		if pair, err := options.TLSCertCB(); err == nil {
			findings = append(findings, checkCertValidity(pair.Leaf, time.Now())...)
		}
	}
	return findings
}

// checkCertValidity checks whether the server's certificate is valid at a time.
func checkCertValidity(c *x509.Certificate, now time.Time) []finding {
	const minute = "2006-01-02 15:04 MST"
	from, until := c.NotBefore.UTC().Format(minute), c.NotAfter.UTC().Format(minute)
	switch {
	case now.After(c.NotAfter):
		return newFinding(severityError, "The certificate of --nats-tlscert was valid until %s; renew it.", until)
	case now.Before(c.NotBefore):
		return newFinding(severityError, "The certificate of --nats-tlscert is not valid before %s; wait for that, or look at the clock.", from)
	}
	return newFinding(severityOK, "The certificate of --nats-tlscert is valid until %s.", until)
}

// checkNATSServers checks each NATS server.
func (d *doctor) checkNATSServers(ctx context.Context) (findings []finding) {
	if d.Journal.URL == "" || d.natsFilesUnusable {
		return nil
	}
	for _, s := range journal.CheckServers(ctx, d.Journal.URL, d.Journal.NATSOptions...) {
		switch {
		case s.Err != nil:
			findings = append(findings, newFinding(severityError, "The NATS server %s cannot be used: %v; %s.", s.URL, s.Err, s.Advice)...)
		case s.Cluster == "":
			findings = append(findings, newFinding(severityOK, "The NATS server %s has JetStream, and is in no cluster.", s.URL)...)
		default:
			findings = append(findings, newFinding(severityOK, "The NATS server %s has JetStream, in the cluster %s, of which %d addresses are known.", s.URL, s.Cluster, s.KnownServers)...)
		}
	}
	return findings
}
