package roomtest

import (
	"context"
	"teahouse/internal/reply"
	"teahouse/room"
)

type NoRemote struct{}

func (NoRemote) Deliver(context.Context, uint64, room.Item) error                         { return nil }
func (NoRemote) Disconnect(context.Context, uint64, room.Reason, reply.Code, []any) error { return nil }
func (NoRemote) Notify(uint64, room.Item)                                                 {}
