package load

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// commandsPerMinute is the rate of commands in a Commands run, like that of a server with busy
// scripts.
const commandsPerMinute = 1000

// startCommands runs commands at that rate until stop, whether or not the server keeps up.
func (r *run) startCommands(ctx context.Context, stop <-chan struct{}) error {
	config, err := sshConfig("script") // all with one key, as in a build
	if err != nil {
		return err
	}
	r.senders.Go(func() {
		tick := time.NewTicker(time.Minute / commandsPerMinute)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-tick.C:
				r.senders.Go(func() {
					if r.runCommand(ctx, config, fmt.Sprintf("say build %d is out", n)) != nil && ctx.Err() == nil {
						r.refused.Add(1)
					}
				})
			case <-stop:
				return
			case <-ctx.Done():
				return
			}
		}
	})
	return nil
}

// runCommand does what ssh HOST COMMAND does, on a connection of its own.
func (r *run) runCommand(ctx context.Context, config *ssh.ClientConfig, words string) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeouts.join)
	defer cancel()
	tcp, err := dial(ctx, r.addr, false)
	if err != nil {
		return err
	}
	defer tcp.Close()
	release := context.AfterFunc(ctx, func() { tcp.Close() })
	defer release()
	conn, channels, requests, err := ssh.NewClientConn(tcp, r.addr, config)
	if err != nil {
		return err
	}
	session, err := ssh.NewClient(conn, channels, requests).NewSession()
	if err != nil {
		return err
	}
	return session.Run(words)
}
