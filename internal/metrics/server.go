package metrics

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/charmbracelet/log"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

const (
	// Nobody who asks for metrics needs longer. What is slower than that is no
	// scrape but somebody who holds a connection.
	readTimeout  = 5 * time.Second
	writeTimeout = 10 * time.Second
	idleTimeout  = time.Minute

	// maxHeaderBytes is more than a scraper sends.
	maxHeaderBytes = 8 << 10

	// maxScrapes is how many scrapes are answered at a time, others are told to come
	// again: each looks at everybody who is here.
	maxScrapes = 2

	// maxConnections is how many there are at a time; others wait to be let in. Each
	// of them is somebody's memory and an open file, and few have a reason to come.
	maxConnections = 32

	// stopTimeout is how long an answer that is under way may take when the server
	// stops.
	stopTimeout = 100 * time.Millisecond
)

// A Server serves metrics and health by HTTP.
type Server struct{ http http.Server }

// NewServer returns a server that logs what goes wrong.
func NewServer(m *Metrics, h *Health, logger *log.Logger) *Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
	}))
	mux.HandleFunc("GET /healthz", answerOK)
	mux.Handle("GET /readyz", h)
	return &Server{http.Server{
		Handler:           mux,
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          logger.StandardLog(log.StandardLogOptions{ForceLevel: log.DebugLevel}),
	}}
}

// Serve answers those who come to l until Stop. It closes l.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(netutil.LimitListener(l, maxConnections)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Stop ends the server, and what it has not answered within a moment.
func (s *Server) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}
