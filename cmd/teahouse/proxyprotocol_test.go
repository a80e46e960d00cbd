package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
)

// Networks are given as lists, in flags or the environment, and are stored in the form in which
// addresses are compared with them.
func TestBalancerNetworks(t *testing.T) {
	c, _, err := parse([]string{"--proxy-protocol", "10.1.2.3/8,fd00::/8", "--proxy-protocol", "192.0.2.1/32"})
	if got := fmt.Sprint(c.Balancers); err != nil || got != "[10.0.0.0/8 fd00::/8 192.0.2.1/32]" {
		t.Errorf("--proxy-protocol twice is read as %s (error %v)", got, err)
	}
	for _, bad := range []string{"10.0.0.1", "10.0.0.0/33", "balancer", "::ffff:10.0.0.0/104", "10.0.0.0/8 fd00::/8"} {
		t.Setenv("TEAHOUSE_PROXY_PROTOCOL", "192.0.2.0/24,"+bad)
		if _, _, err := parse(nil); err == nil || !strings.Contains(err.Error(), "is not a network such as") {
			t.Errorf("for the network %s the operator reads %v, want that it is none", bad, err)
		}
	}
}

// Trusting every address causes a warning.
func TestWarnBalancersEverywhere(t *testing.T) {
	for raw, warned := range map[string]bool{"0.0.0.0/0": true, "::/0": true, "10.0.0.0/8": false} {
		c, _, err := parse([]string{"--proxy-protocol", raw})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		(&app{log: log.New(&b)}).trustBalancers(c.Balancers)
		if got := strings.Contains(b.String(), "WARN"); got != warned || !strings.Contains(b.String(), raw) {
			t.Errorf("with --proxy-protocol %s the log says %s, a warning: %v", raw, &b, warned)
		}
	}
}
