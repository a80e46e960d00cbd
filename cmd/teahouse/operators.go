package main

import (
	"context"

	"teahouse/internal/moderation"
)

// makeKeyFiles makes the files that list keys, which are not read yet. It is called before the hub
// is made.
func (app *app) makeKeyFiles() {
	app.operators = newKeyFile("--operators", app.log, &app.background)
	app.operators.onChange = app.offerOperatorCode
	app.allowed = newKeyFile("--allow", app.log, &app.background)
}

// logAudit logs an act of an operator.
func (app *app) logAudit(a moderation.AuditEntry) {
	app.log.Info("operator", "user", a.By, "key", a.Fingerprint, "did", a.Action, "whom", a.Target, "detail", a.Detail)
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
