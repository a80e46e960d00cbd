package room

import (
	"teahouse/internal/event"
	"teahouse/internal/eventlog"
	"teahouse/internal/reply"
)

// What happens in a room, and what a session reads, is defined in package event. It has its names
// here too, as what package io/fs defines has in package os, so that a door needs this package only.
type (
	Event        = event.Event
	EventKind    = event.EventKind
	Origin       = event.Origin
	UserInfo     = event.UserInfo
	Reason       = event.Reason
	Item         = event.Item
	Reply        = event.Reply
	TextReply    = event.TextReply
	PlainReply   = event.PlainReply
	Notice       = event.Notice
	Refused      = event.Refused
	Farewell     = event.Farewell
	LinesDropped = event.LinesDropped
	BotCommand   = event.BotCommand
	MessageSent  = event.MessageSent
	Format       = event.Format
	Waker        = eventlog.Waker
)

// The kinds of events.
const (
	Joined         = event.Joined
	Left           = event.Left
	Said           = event.Said
	Renamed        = event.Renamed
	Forgot         = event.Forgot
	Announced      = event.Announced
	PrivateMessage = event.PrivateMessage
)

// The reasons for leaving.
const (
	Quit      = event.Quit
	HungUp    = event.HungUp
	Idle      = event.Idle
	Slow      = event.Slow
	Stopping  = event.Stopping
	Failed    = event.Failed
	PeerLost  = event.PeerLost
	TakenOver = event.TakenOver
	Kicked    = event.Kicked
	Banned    = event.Banned
	Revoked   = event.Revoked
)

// NewNotice is [event.NewNotice].
func NewNotice(code reply.Code, args ...any) *Notice { return event.NewNotice(code, args...) }

// NewRefused is [event.NewRefused].
func NewRefused(r *reply.Refusal) *Refused { return event.NewRefused(r) }
