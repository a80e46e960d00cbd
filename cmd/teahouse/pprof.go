package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"

	"github.com/charmbracelet/log"
)

// profileHeaderTimeout is how long a request for a profile may take to arrive.
const profileHeaderTimeout = 5 * time.Second

// pprofAddress returns the address to listen at for --pprof, or "" for none. Other machines may
// not ask: a profile takes CPU, and reveals what the process is doing.
func pprofAddress(raw string) (hostPort string, err error) {
	hostPort, err = httpAddress("--pprof", raw)
	if err != nil || hostPort == "" {
		return "", err
	}
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return "", err
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.IsLoopback() || host == "localhost" {
		return hostPort, nil
	}
	return "", fmt.Errorf("--pprof %s: profiles are for this machine alone; give a PORT, and reach it from elsewhere by ssh -L", raw)
}

// serveProfiles serves Go's profiles if --pprof asks for them, without the command line, which
// may contain a password.
func (app *app) serveProfiles(c config) (stop func(), err error) {
	if c.Pprof == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", c.Pprof)
	if err != nil {
		return nil, fmt.Errorf("cannot serve profiles: %w; %s", err, listenHint(err, "--pprof"))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	s := &http.Server{
		Handler: mux, ReadHeaderTimeout: profileHeaderTimeout,
		ErrorLog: app.log.StandardLog(log.StandardLogOptions{ForceLevel: log.DebugLevel}),
	}
	app.log.Info("serving profiles", "addr", l.Addr())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			app.log.Error("profiles are no longer served", "err", err)
		}
	}()
	return func() {
		_ = s.Close()
		<-ended
	}, nil
}
