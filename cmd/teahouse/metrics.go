package main

import (
	"cmp"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/charmbracelet/log"

	"teahouse/internal/metrics"
	doors "teahouse/internal/transport"
)

// metricsAddress returns the address to listen at for --metrics, or "" for none. Without a host
// it is this machine only.
func metricsAddress(raw string) (hostPort string, err error) { return httpAddress("--metrics", raw) }

// httpAddress returns a flag's address in the form to listen at.
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
		return "", fmt.Errorf("%s %s: the port %q is not a number up to 65535", flag, raw, port)
	} else {
		port = strconv.FormatUint(n, 10)
	}
	return net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port), nil
}

// serveMetrics serves metrics if --metrics asks for them. Stop ends that; call it last, so that
// the metrics show the server stopping.
func (app *app) serveMetrics(c config) (stop func(), err error) {
	app.health.Check = app.checkReady
	if c.Metrics == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", c.Metrics)
	if err != nil {
		return nil, fmt.Errorf("cannot serve metrics: %w; %s", err, listenHint(err, "--metrics"))
	}
	app.metrics = metrics.New(app.connLimiter)
	if b, ok := readBuildInfo(); ok {
		app.metrics.AddBuildInfo(b.version, b.revision, b.compiler)
	}
	app.metrics.AddLimits(func() map[string]float64 {
		if bounds := app.activeLimits.Load(); bounds != nil {
			return *bounds
		}
		return nil // during the start
	})
	if len(app.balancers) > 0 {
		app.metrics.AddProxyProtocol(app.proxyDrops.Counts)
	}
	s := metrics.NewServer(app.metrics, &app.health, app.log)
	app.log.Info("serving metrics", "addr", l.Addr())
	warnPublicMetrics(app.log, l.Addr())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(l); err != nil {
			app.log.Error("metrics are no longer served", "err", err)
		}
	}()
	return func() {
		s.Stop()
		<-ended
	}, nil
}

// observer returns the observer of a listener, or nil.
func (app *app) observer(name string) doors.Observer {
	if app.metrics == nil {
		return nil
	}
	return app.metrics.DoorObserver(name)
}

// warnPublicMetrics logs a warning if other machines can read the metrics.
func warnPublicMetrics(logger *log.Logger, addr net.Addr) {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		return
	}
	logger.Warn("other machines can read the metrics without logging in", "addr", addr)
}
