package e2e

import (
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
)

// ports gives out each port once, below the range of ephemeral ports, because a port must still be
// free when the test uses it.
var ports = struct {
	sync.Mutex
	next int
}{next: 10_000 + os.Getpid()%10_000}

// freePort returns a port of a host on which nobody listens, nor will by chance.
func freePort(t *testing.T, host string) int { return freePorts(t, host, 1) }

// freePorts returns the first of so many such ports in a row.
func freePorts(t *testing.T, host string, n int) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for ports.next+n < 32_000 {
		first := ports.next
		ports.next += n
		if portsFree(host, first, n) {
			return first
		}
	}
	t.Fatal("no ports are free")
	return 0
}

func portsFree(host string, first, n int) bool {
	for port := first; port < first+n; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return false
		}
		defer l.Close()
	}
	return true
}
