package sshd

import (
	"cmp"
	"time"
)

// The default timeouts of a [Server].
const (
	DefaultIdle             = 24 * time.Hour
	DefaultWriteTimeout     = 10 * time.Second
	DefaultHandshakeTimeout = 20 * time.Second
	DefaultLoginTimeout     = 120 * time.Second
	DefaultKeepalive        = 30 * time.Second
)

// setDefaultTimeouts sets the timeouts that are 0.
func (s *Server) setDefaultTimeouts() {
	s.Idle = cmp.Or(s.Idle, DefaultIdle)
	s.WriteTimeout = cmp.Or(s.WriteTimeout, DefaultWriteTimeout)
	s.HandshakeTimeout = cmp.Or(s.HandshakeTimeout, DefaultHandshakeTimeout)
	s.LoginTimeout = cmp.Or(s.LoginTimeout, DefaultLoginTimeout)
	s.Keepalive = cmp.Or(s.Keepalive, DefaultKeepalive)
}
