package main

import (
	"cmp"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/charmbracelet/log"

	doors "teahouse/door"
	"teahouse/metrics"
)

// metricsAddress returns where to listen for --metrics, or "" for nowhere. Without
// a host it is this machine alone: what is told there is for who runs the house.
func metricsAddress(raw string) (hostPort string, err error) { return httpAddress("--metrics", raw) }

// httpAddress returns the address that a flag has, as one to listen at.
func httpAddress(flag, raw string) (hostPort string, err error) {
	if raw == "" {
		return "", nil
	}
	hostPort = raw
	if !strings.Contains(raw, ":") {
		hostPort = ":" + raw
	}
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return "", fmt.Errorf("%s %s: write it as HOST:PORT, or PORT for this machine alone", flag, raw)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("%s %s: the port %q is no number up to 65535", flag, raw, port)
	} else {
		port = strconv.FormatUint(n, 10)
	}
	return net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port), nil
}

// measure serves metrics where --metrics asks for them. Stop ends that; it comes
// last, so that who watches sees the house stop.
func (h *house) measure(c config) (stop func(), err error) {
	h.health.Failing = h.whyFailing
	if c.Metrics == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", c.Metrics)
	if err != nil {
		return nil, fmt.Errorf("cannot serve metrics: %w; %s", err, howToListen(err, "--metrics"))
	}
	h.metrics = metrics.New(h.House, h.gate)
	if b, ok := built(); ok {
		h.metrics.Built(b.version, b.revision, b.compiler)
	}
	h.metrics.Bounds(func() map[string]float64 {
		if bounds := h.bounds.Load(); bounds != nil {
			return *bounds
		}
		return nil // while it starts
	})
	if len(h.balancers) > 0 {
		h.metrics.Balances(h.dropped.Counts)
	}
	s := metrics.NewServer(h.metrics, &h.health, h.log)
	h.log.Info("serving metrics", "addr", l.Addr())
	warnOfStrangers(h.log, l.Addr())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(l); err != nil {
			h.log.Error("metrics are served no more", "err", err)
		}
	}()
	return func() {
		s.Stop()
		<-ended
	}, nil
}

// observer returns who is told what a door writes, or nil.
func (h *house) observer(name string) doors.Observer {
	if h.metrics == nil {
		return nil
	}
	return h.metrics.Door(name)
}

// warnOfStrangers logs that others can read the metrics, where they can.
func warnOfStrangers(logger *log.Logger, addr net.Addr) {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		return
	}
	logger.Warn("other machines can read the metrics; nobody is asked who they are", "addr", addr)
}
