package store

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A leader was last able to store something when it last heard from a majority of the servers
// with copies.
func TestQuorumAge(t *testing.T) {
	t.Parallel()
	heard := func(ago time.Duration) *jetstream.PeerInfo { return &jetstream.PeerInfo{Active: ago} }
	gone := &jetstream.PeerInfo{Active: time.Second, Offline: true}
	for name, c := range map[string]struct {
		cluster *jetstream.ClusterInfo
		ago     time.Duration
		err     error
	}{
		"one server":              {nil, 0, nil},
		"one copy in a cluster":   {&jetstream.ClusterInfo{Leader: "a"}, 0, nil},
		"nobody leads":            {&jetstream.ClusterInfo{Replicas: []*jetstream.PeerInfo{heard(0), heard(0), heard(0)}}, 0, errNoLeader},
		"all hear":                {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{heard(2), heard(1)}}, 1, nil},
		"one of three is silent":  {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{heard(time.Hour), heard(3)}}, 3, nil},
		"one of three is gone":    {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{gone, heard(3)}}, 3, nil},
		"two of three are silent": {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{heard(time.Minute), heard(time.Hour)}}, time.Minute, nil},
		"two of three are gone":   {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{gone, gone}}, 0, errNoLeader},
		"five, and two are gone":  {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{gone, heard(7), gone, heard(5)}}, 7, nil},
	} {
		ago, err := quorumAge(c.cluster)
		if ago != c.ago || !errors.Is(err, c.err) {
			t.Errorf("%s: %v ago, %v; want %v, %v", name, ago, err, c.ago, c.err)
		}
	}
}
