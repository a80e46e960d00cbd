package main

import (
	"context"

	"teahouse/internal/connlimit"
	"teahouse/room"
)

// loadPolicy tells the hub its operators, whom to admit, and the limits. Key files are read again
// when they change, until ctx is done.
func (app *app) loadPolicy(ctx context.Context, c config) error {
	app.applyConfig(c)
	return app.readKeys(ctx, c)
}

// applyConfig puts in force what may change in a running server, except the keys.
func (app *app) applyConfig(c config) {
	policy := room.Policy{NameAge: c.NameAge, InviteOnly: c.InviteOnly}
	doors, typed, sessions := connlimit.Limits{}, 0, 0
	if c.Limits == "on" {
		policy.Limits, doors = c.Limit.hubLimits(), c.Limit.connLimits(connlimit.OpenFileLimit())
		typed, sessions = c.Limit.Typed, sessionsPerConn*c.Limit.Address
	}
	app.SetPolicy(policy)
	if app.link != nil {
		app.link.SetInfo(c.nodeInfo())
	}
	c.Limit.warnLowered(doors, app.log)
	app.connLimiter.SetLimits(doors)
	app.activeLimits.Store(new(c.limitValues(doors.Total)))
	app.typingLimit.Store(int64(typed))
	app.sessionLimit.Store(int64(sessions))
	app.log.SetLevel(c.level())
}
