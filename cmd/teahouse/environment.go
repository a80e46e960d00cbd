package main

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/charmbracelet/log"
)

// envPrefix begins the names of the variables that set flags.
const envPrefix = "TEAHOUSE_"

// unknownVars returns the names of variables that look like a flag's but are not. One may be
// misspelt, and stand for a limit that does not take effect. That is not an error: containers may
// have variables of their own.
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

// Kubernetes sets such variables for each service in all containers of its namespace. For
// services called teahouse or teahouse-nats, they begin with envPrefix.
var (
	kubernetesVarNames = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)
	kubernetesPortURL  = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// isKubernetesVar reports whether Kubernetes set a variable.
func isKubernetesVar(name, value string) bool {
	return kubernetesVarNames.MatchString(name) || strings.HasSuffix(name, "_PORT") && kubernetesPortURL.MatchString(value)
}

// warnUnknownVars logs the variables that look like a flag's but are not.
func (c *config) warnUnknownVars(logger *log.Logger) {
	for _, name := range c.unknownVars(os.Environ()) {
		logger.Warn("unknown environment variable; it has no effect", "name", name)
	}
}
