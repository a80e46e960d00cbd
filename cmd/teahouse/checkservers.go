package main

import (
	"context"

	"teahouse/journal"
)

// checkServers looks at the NATS servers.
func (d *doctor) checkServers(ctx context.Context) (findings []finding) {
	if d.Nats == "" {
		return nil
	}
	for _, s := range journal.Servers(ctx, d.Nats) {
		switch {
		case s.Err != nil:
			findings = append(findings, found(wrong, "The NATS server %s cannot be used: %v; see that it runs with JetStream, or correct --nats.", s.URL, s.Err)...)
		case s.Cluster == "":
			findings = append(findings, found(fine, "The NATS server %s has JetStream, and is in no cluster.", s.URL)...)
		default:
			findings = append(findings, found(fine, "The NATS server %s has JetStream, in the cluster %s, of which %d addresses are known.", s.URL, s.Cluster, s.Known)...)
		}
	}
	return findings
}
