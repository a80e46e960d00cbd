package cluster_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain has six of the tests that are parallel run at a time, however few cores there
// are: most of them wait, for a silence to be long enough or for NATS to elect a leader.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
