package main

import (
	"context"
	"os"
	"reflect"

	"teahouse/internal/cli"
)

// reloadOnSignal reads the configuration file and the key files again for each signal, until ctx
// is done. Users notice only what they may do from then on.
func (app *app) reloadOnSignal(ctx context.Context, asked <-chan os.Signal, args []string, c config) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
			c = app.reload(ctx, args, c)
		}
	}
}

// reload puts in force what has changed in the files, and returns the configuration in force. If
// there is a mistake, nothing changes.
func (app *app) reload(ctx context.Context, args []string, before config) config {
	fresh, _, err := parse(args)
	if err != nil {
		app.log.Error("the configuration has a mistake, and nothing changes; correct it and send SIGHUP again", "err", cli.UserMessage(err))
		return before
	}
	now := before.withReloadable(fresh)
	if err := app.readKeys(ctx, now); err != nil {
		app.log.Error("a key file cannot be read, and nothing changes; correct it and send SIGHUP again", "err", cli.UserMessage(err))
		return before
	}
	app.applyConfig(now)
	for _, name := range before.changedFlags(now) {
		app.log.Info("the configuration has changed", "flag", "--"+name)
	}
	for _, name := range now.changedFlags(fresh) {
		app.log.Warn("a changed flag takes effect only at the next start", "flag", "--"+name)
	}
	app.log.Info("the configuration was reloaded")
	return now
}

// withReloadable returns c with the values of fresh for everything that may change in a running
// server.
func (c config) withReloadable(fresh config) config {
	c.Operators, c.Allow = fresh.Operators, fresh.Allow
	c.InviteOnly, c.NameAge = fresh.InviteOnly, fresh.NameAge
	c.Limits, c.Limit = fresh.Limits, fresh.Limit
	c.LogLevel = fresh.LogLevel
	return c
}

// changedFlags returns the names of the flags that differ in another configuration.
func (c config) changedFlags(other config) (names []string) {
	mine, err := c.parser()
	if err != nil {
		return nil // it has been made before
	}
	others, err := other.parser()
	if err != nil {
		return nil
	}
	for i, flag := range mine.Model.Flags {
		if !reflect.DeepEqual(flag.Target.Interface(), others.Model.Flags[i].Target.Interface()) {
			names = append(names, flag.Name)
		}
	}
	return names
}
