package main

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

// checkDoors checks whether the server could listen at each address, for users, metrics and
// profiles.
func (d *doctor) checkDoors(ctx context.Context) (findings []finding) {
	addresses, err := d.listenURLs()
	if err != nil {
		return newFinding(severityError, "%v.", err) // parse has reported it before
	}
	var open []net.Listener // kept until all were tried: two may want the same port
	defer func() {
		for _, l := range open {
			l.Close()
		}
	}()
	try := func(what, flag, hostPort string) {
		l, err := net.Listen("tcp", hostPort)
		if err != nil {
			findings = append(findings, d.listenFailed(ctx, what, flag, hostPort, err)...)
			return
		}
		open = append(open, l)
		findings = append(findings, newFinding(severityOK, "The address %s is free for %s.", hostPort, what)...)
	}
	for _, a := range addresses {
		try("the "+a.scheme+" door", "--listen", a.hostPort)
	}
	if d.Metrics != "" {
		try("the metrics", "--metrics", d.Metrics)
	}
	if d.Pprof != "" {
		try("the profiles", "--pprof", d.Pprof)
	}
	return findings
}

// listenFailed returns a finding for an error of listening at an address.
func (d *doctor) listenFailed(ctx context.Context, what, flag, hostPort string, err error) []finding {
	var p *process.Process // the one that listens there, if that is the reason
	if !errors.Is(err, syscall.EADDRNOTAVAIL) {
		p = listeningProcess(ctx, hostPort)
	}
	inUse := errors.Is(err, syscall.EADDRINUSE)
	switch {
	case p != nil && int(p.Pid) == os.Getpid():
		return newFinding(severityError, "The address %s is used twice, the second time for %s; choose another with %s.", hostPort, what, flag)
	case p != nil && d.dirInUse && isSameProgram(p):
		return newFinding(severityOK, "The address %s, for %s, is used by the running server (process %d).", hostPort, what, p.Pid)
	case p != nil:
		name, _ := p.NameWithContext(ctx)
		return newFinding(severityError, "The address %s, for %s, is used by %s (process %d); stop it, or choose another with %s.", hostPort, what, name, p.Pid, flag)
	case inUse && d.dirInUse:
		return newFinding(severityWarning, "The address %s, for %s, is in use, apparently by the running server; run this as root to be sure.", hostPort, what)
	case inUse:
		return newFinding(severityError, "The address %s, for %s, is in use; free it, or choose another with %s.", hostPort, what, flag)
	case errors.Is(err, fs.ErrPermission):
		return newFinding(severityError, "You can't listen at %s, for %s: ports below 1024 need a privilege. Give it with setcap cap_net_bind_service=+ep, or AmbientCapabilities=CAP_NET_BIND_SERVICE of systemd, or choose another port with %s.", hostPort, what, flag)
	}
	return newFinding(severityError, "Can't listen at %s, for %s: %v; choose another with %s.", hostPort, what, err, flag)
}

// listenHint says what to do about an address at which the server cannot listen.
func listenHint(err error, flag string) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "a port below 1024 needs the privilege cap_net_bind_service; grant it, or choose another port with " + flag
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address; correct " + flag
	}
	return "free the address or choose another with " + flag
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
