package doctor

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	sockets "github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"
)

// checkAddresses checks whether the server could listen at each address.
func (d *doctor) checkAddresses(ctx context.Context) (findings []finding) {
	var open []net.Listener // kept until all were tried: two may want the same port
	defer func() {
		for _, l := range open {
			l.Close()
		}
	}()
	for _, a := range d.Addresses {
		l, err := net.Listen("tcp", a.HostPort)
		if err != nil {
			findings = append(findings, d.listenFailed(ctx, a, err)...)
			continue
		}
		open = append(open, l)
		findings = append(findings, newFinding(severityOK, "The address %s is free for %s.", a.HostPort, a.What)...)
	}
	return findings
}

// listenFailed returns a finding for an error of listening at an address.
func (d *doctor) listenFailed(ctx context.Context, a Address, err error) []finding {
	var p *process.Process // the one that listens there, if that is the reason
	if !errors.Is(err, syscall.EADDRNOTAVAIL) {
		p = listeningProcess(ctx, a.HostPort)
	}
	inUse := errors.Is(err, syscall.EADDRINUSE)
	switch {
	case p != nil && int(p.Pid) == os.Getpid():
		return newFinding(severityError, "The address %s is used twice, the second time for %s; choose another with %s.", a.HostPort, a.What, a.Flag)
	case p != nil && d.dirInUse && isSameProgram(p):
		return newFinding(severityOK, "The address %s, for %s, is used by the running server (process %d).", a.HostPort, a.What, p.Pid)
	case p != nil:
		name, _ := p.NameWithContext(ctx)
		return newFinding(severityError, "The address %s, for %s, is used by %s (process %d); stop it, or choose another with %s.", a.HostPort, a.What, name, p.Pid, a.Flag)
	case inUse && d.dirInUse:
		return newFinding(severityWarning, "The address %s, for %s, is in use, apparently by the running server; run this as root to be sure.", a.HostPort, a.What)
	case inUse:
		return newFinding(severityError, "The address %s, for %s, is in use; free it, or choose another with %s.", a.HostPort, a.What, a.Flag)
	case errors.Is(err, fs.ErrPermission):
		return newFinding(severityError, "You can't listen at %s, for %s: ports below 1024 need a privilege. Give it with setcap cap_net_bind_service=+ep, or AmbientCapabilities=CAP_NET_BIND_SERVICE of systemd, or choose another port with %s.", a.HostPort, a.What, a.Flag)
	}
	return newFinding(severityError, "Can't listen at %s, for %s: %v; choose another with %s.", a.HostPort, a.What, err, a.Flag)
}

// listeningProcess returns the process that listens at an address, or nil if that is unknown: not
// everybody can see other users' processes.
func listeningProcess(ctx context.Context, hostPort string) *process.Process {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil
	}
	wanted, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil
	}
	all, err := sockets.ConnectionsWithContext(ctx, "tcp")
	if err != nil {
		return nil
	}
	for _, c := range all {
		if c.Status != "LISTEN" || c.Laddr.Port != uint32(wanted) || c.Pid == 0 || !hostsOverlap(host, c.Laddr.IP) {
			continue
		}
		if p, err := process.NewProcessWithContext(ctx, c.Pid); err == nil {
			return p
		}
	}
	return nil
}

// hostsOverlap reports whether listening at one host prevents listening at the other.
func hostsOverlap(a, b string) bool {
	x, y := net.ParseIP(a), net.ParseIP(b)
	return x == nil || y == nil || x.IsUnspecified() || y.IsUnspecified() || x.Equal(y)
}

// isSameProgram reports whether a process runs a program of the same name as this one.
func isSameProgram(p *process.Process) bool {
	theirs, err := p.Exe()
	if err != nil {
		return false
	}
	mine, err := os.Executable()
	return err == nil && filepath.Base(mine) == filepath.Base(strings.TrimSuffix(theirs, " (deleted)")) // after an upgrade
}
