package cluster

import (
	"context"
	"errors"
	"net"
	"testing"

	"teahouse/internal/peers"
	"teahouse/room"
)

// A node that is stopped while it starts does not wait for a server that accepts connections and says
// nothing.
func TestStoppedWhileConnecting(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if conn, err := mute.Accept(); err == nil {
			cancel()
			<-t.Context().Done()
			conn.Close()
		}
	}()
	t.Cleanup(func() { mute.Close() })
	h := room.New(room.Config{})
	_, err = Open(ctx, Config{URL: "nats://" + mute.Addr().String(), Hub: h, Feed: peers.NewFeed(h, "me"), Store: nopStore{}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the node that was stopped says %v", err)
	}
}
