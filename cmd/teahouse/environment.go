package main

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/charmbracelet/log"
)

// envPrefix is how the variables begin that flags read.
const envPrefix = "TEAHOUSE_"

// unknownVars returns the names of those variables of an environment that look like a flag's,
// and are none's. One may be misspelt, and mean a limit that does not hold now. It is no
// error: who runs teahouse in a container may have variables of their own.
func (c *config) unknownVars(environ []string) (names []string) {
	parser, err := c.parser()
	if err != nil {
		return nil // it has been made before
	}
	known := map[string]bool{}
	for _, flag := range parser.Model.Flags {
		for _, name := range flag.Envs {
			known[name] = true
		}
	}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, envPrefix) && !known[name] && !isKubernetesVar(name, value) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Kubernetes sets such variables for each service, in all containers of its namespace: for
// one that is called teahouse, or teahouse-nats, they begin as ours do.
var (
	kubernetesVarNames = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)
	kubernetesPortURL  = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// isKubernetesVar reports whether Kubernetes set a variable.
func isKubernetesVar(name, value string) bool {
	return kubernetesVarNames.MatchString(name) || strings.HasSuffix(name, "_PORT") && kubernetesPortURL.MatchString(value)
}

// warnUnknownVars logs which variables look like a flag's, and are none's.
func (c *config) warnUnknownVars(logger *log.Logger) {
	for _, name := range c.unknownVars(os.Environ()) {
		logger.Warn("a variable in the environment is none that teahouse reads, and changes nothing", "name", name)
	}
}

// checkEnvironment tells of them, too.
func (d *doctor) checkEnvironment(context.Context) (findings []finding) {
	for _, name := range d.unknownVars(os.Environ()) {
		findings = append(findings, newFinding(severityWarning, "%s is in the environment, but teahouse reads no such variable; correct or remove it: teahouse man lists all.", name)...)
	}
	return findings
}
