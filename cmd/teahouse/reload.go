package main

import (
	"context"
	"os"
	"reflect"
)

// reloadOnSignal has the house read its files again, the configuration file and those of
// keys, each time that a signal asks for it, until ctx is done. Nobody who is here
// notices, but for what they may do from then on.
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

// reload puts in force what has changed in the files, and returns what holds then.
// Where there is a mistake in what the configuration file says nothing changes.
func (app *app) reload(ctx context.Context, args []string, before config) config {
	fresh, _, err := parse(args)
	if err != nil {
		app.log.Error("the configuration has a mistake, and nothing changes; correct it and send SIGHUP again", "err", userMessage(err))
		return before
	}
	now := before.withReloadable(fresh)
	if err := app.readKeys(ctx, now); err != nil {
		app.log.Error("a file of keys cannot be read, and nothing changes; correct it and send SIGHUP again", "err", userMessage(err))
		return before
	}
	app.applyConfig(now)
	for _, name := range before.changedFlags(now) {
		app.log.Info("the configuration has changed", "flag", "--"+name)
	}
	for _, name := range now.changedFlags(fresh) {
		app.log.Warn("the configuration has changed in what holds at the next start only", "flag", "--"+name)
	}
	app.log.Info("the configuration was read again")
	return now
}

// withReloadable returns c with what may change in a house that is open as fresh has it.
func (c config) withReloadable(fresh config) config {
	c.Operators, c.Allow = fresh.Operators, fresh.Allow
	c.InviteOnly, c.NameAge = fresh.InviteOnly, fresh.NameAge
	c.Limits, c.Limit = fresh.Limits, fresh.Limit
	c.LogLevel = fresh.LogLevel
	return c
}

// changedFlags returns the names of the flags that are different in another
// configuration.
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
