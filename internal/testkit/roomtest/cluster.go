package roomtest

import (
	"teahouse/internal/reply"
	"teahouse/room"
)

type NoRemote struct{}

func (NoRemote) Deliver(uint64, room.Item) error                         { return nil }
func (NoRemote) Disconnect(uint64, room.Reason, reply.Code, []any) error { return nil }
func (NoRemote) Notify(uint64, room.Item)                                {}
