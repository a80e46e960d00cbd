package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	// healthTimeout is how long a server may take to answer.
	healthTimeout = 5 * time.Second

	// maxReasonSize is more than any server has to say.
	maxReasonSize = 1 << 10
)

// printHealth writes whether the server with these metrics is ready, in a sentence, and returns
// the exit code.
func printHealth(address string, w io.Writer) int {
	if err := checkHealth(address); err != nil {
		fmt.Fprintf(w, "teahouse: %v\n", err)
		return exitFailed
	}
	fmt.Fprintln(w, "The server is ready.")
	return exitOK
}

// checkHealth asks the server with these metrics whether it is ready, and returns an error if
// not.
func checkHealth(address string) error {
	transport := &http.Transport{} // uses no proxy
	defer transport.CloseIdleConnections()
	client := &http.Client{Timeout: healthTimeout, Transport: transport}
	resp, err := client.Get("http://" + address + "/readyz")
	var network *net.OpError
	switch {
	case err != nil && !errors.As(err, &network) && !os.IsTimeout(err): // somebody answers, and not by HTTP
		return fmt.Errorf("%s doesn't serve the metrics of teahouse; give the address of the server's --metrics", address)
	case err != nil:
		return fmt.Errorf("the server doesn't answer: %w", errors.Unwrap(err)) // without the URL, which nobody typed
	}
	defer resp.Body.Close()
	reason, err := io.ReadAll(io.LimitReader(resp.Body, maxReasonSize))
	if err != nil {
		return fmt.Errorf("the server broke off its answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", strings.TrimSpace(string(reason)))
	}
	return nil
}
