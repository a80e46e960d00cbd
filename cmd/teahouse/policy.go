package main

import (
	"context"

	"teahouse/internal/connlimit"
	"teahouse/internal/moderation"
	"teahouse/room"
)

// loadPolicy tells the hub its operators, whom to admit, and the limits. Key files are read again
// when they change, until ctx is done.
func (app *app) loadPolicy(ctx context.Context, c config) error {
	app.Redirect = c.Advertise.Redirect
	app.applyConfig(c)
	return app.readKeys(ctx, c)
}

// wireOperators connects the hub to the key files and the log. It is called before anybody is
// online and before other nodes are received.
func (app *app) wireOperators() {
	app.OnAudit = func(a moderation.AuditEntry) {
		app.log.Info("operator", "user", a.By, "key", a.Fingerprint, "did", a.Action, "whom", a.Target, "detail", a.Detail)
	}
	app.operators = newKeyFile("--operators", app.log, &app.background)
	app.operators.onChange = app.offerOperatorCode
	app.allowed = newKeyFile("--allow", app.log, &app.background)
	app.IsOperatorKey, app.IsAllowedKey, app.CountOperatorKeys = app.operators.has, app.allowed.has, app.operators.len
	app.OnOrphaned = app.offerOperatorCode
}

// readKeys puts the keys of the configured files in force: both or, with an error, neither.
func (app *app) readKeys(ctx context.Context, c config) error {
	useOperators, err := app.operators.prepare(ctx, c.Operators)
	if err != nil {
		return err
	}
	useAllowed, err := app.allowed.prepare(ctx, c.Allow)
	if err != nil {
		return err
	}
	useOperators()
	useAllowed()
	return nil
}

// applyConfig puts in force what may change in a running server, except the keys.
func (app *app) applyConfig(c config) {
	policy := room.Policy{NameAge: c.NameAge, InviteOnly: c.InviteOnly}
	doors, typed, sessions := connlimit.Limits{}, 0, 0
	if c.Limits == "on" {
		policy.Limits, doors = c.Limit.hubLimits(), c.Limit.connLimits(openFileLimit())
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

// offerOperatorCode logs how to become the first operator, if there is none and users can connect
// with a key. It is called when the server has started, and whenever the last operator is gone.
func (app *app) offerOperatorCode() {
	if !app.acceptsKeys.Load() {
		return
	}
	app.offerMu.Lock() // the last code in the log must be the valid one
	defer app.offerMu.Unlock()
	if code := app.NewOperatorCode(); code != "" {
		app.log.Warn("there is no operator; connect with a key and type this line", "line", "/op "+code)
	}
}
