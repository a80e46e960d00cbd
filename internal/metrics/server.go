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
	// No scraper needs longer. A slower client only holds a connection.
	readTimeout  = 5 * time.Second
	writeTimeout = 10 * time.Second
	idleTimeout  = time.Minute

	// maxHeaderBytes is more than any scraper sends.
	maxHeaderBytes = 8 << 10

	// maxScrapes is how many scrapes are answered at a time; further ones get 503. Each scrape
	// looks at every session.
	maxScrapes = 2

	// maxConnections is how many connections are open at a time; others wait to be accepted. Each
	// one takes memory and a file descriptor, and few clients have a reason to connect.
	maxConnections = 32

	// stopTimeout is how long an answer under way may take when the server stops.
	stopTimeout = 100 * time.Millisecond
)

// A Server serves metrics and health over HTTP.
type Server struct{ http http.Server }

// NewServer returns a Server that logs its errors at debug.
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

// Serve answers requests on l until Stop. It closes l.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(netutil.LimitListener(l, maxConnections)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Stop ends the server. Answers under way get a moment to finish.
func (s *Server) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}
