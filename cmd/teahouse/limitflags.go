package main

import (
	"github.com/charmbracelet/log"

	"teahouse/internal/connlimit"
	"teahouse/room"
)

// limits are the flags that limit what strangers can use. Ordinary use never reaches the
// defaults; 0 means no limit.
type limits struct {
	Address     int     `help:"Connections at a time from one address (an IPv4 address or an IPv6 /64). A /56 may have twice as many, a /48 four times. By default: ${default}." env:"TEAHOUSE_LIMIT_ADDRESS" default:"128" placeholder:"N"`
	Connects    int     `help:"New connections a minute from one address. By default: ${default}." env:"TEAHOUSE_LIMIT_CONNECTS" default:"300" placeholder:"N"`
	Handshakes  int     `help:"Connections at a time that have no session yet. By default: ${default}." env:"TEAHOUSE_LIMIT_HANDSHAKES" default:"256" placeholder:"N"`
	Connections int     `help:"Connections at a time in all; fewer if fewer files can be open. By default: ${default}." env:"TEAHOUSE_LIMIT_CONNECTIONS" default:"4096" placeholder:"N"`
	Lines       float64 `help:"Lines a second from one person in the long run, 30 at once. By default: ${default}." env:"TEAHOUSE_LIMIT_LINES" default:"2" placeholder:"N"`
	Bot         float64 `help:"Lines a second from one bot in the long run, twelve times as many at once. By default: ${default}." env:"TEAHOUSE_LIMIT_BOT" default:"5" placeholder:"N"`
	Source      float64 `help:"Lines a second from one address, ten times as many at once. 0 also removes the limits on typing and reading. By default: ${default}." env:"TEAHOUSE_LIMIT_SOURCE" default:"10" placeholder:"N"`
	Input       int     `help:"Bytes a second from one connection, sixteen times as many at once. One address may send four times that. By default: ${default}." env:"TEAHOUSE_LIMIT_INPUT" default:"65536" placeholder:"BYTES"`
	Typed       int     `help:"Bytes a second from one terminal, four times as many at once. By default: ${default}." env:"TEAHOUSE_LIMIT_TYPED" default:"16384" placeholder:"BYTES"`
	Renames     int     `help:"New names a minute for one person. By default: ${default}." env:"TEAHOUSE_LIMIT_RENAMES" default:"5" placeholder:"N"`
}

func (l limits) anyNegative() bool {
	return min(l.Address, l.Connects, l.Handshakes, l.Connections, l.Input, l.Typed, l.Renames) < 0 || min(l.Lines, l.Bot, l.Source) < 0
}

// lineBurst is how many lines a person may send at once: enough for a paste of twenty.
const lineBurst = 30

// sessionsPerConn is how many SSH sessions an address may have for each connection that it may
// have, over all its connections.
const sessionsPerConn = 2

// botBurst and addressBurst are how many lines a bot and an address may send at once, for each
// line a second.
const (
	botBurst     = 12
	addressBurst = 10
)

// connLimits returns the limits on connections, if the process may open so many files; 0 means
// unknown.
func (l limits) connLimits(files int) connlimit.Limits {
	return connlimit.Limits{Address: l.Address, Connects: l.Connects, Handshakes: l.Handshakes, Total: connlimit.FitFiles(l.Connections, files), Input: l.Input}
}

// warnLowered logs if fewer connections are possible than the flag says.
func (l limits) warnLowered(doors connlimit.Limits, logger *log.Logger) {
	if doors.Total > 0 && doors.Total < l.Connections {
		logger.Warn("the limit of open files allows fewer connections than --limit-connections", "connections", doors.Total, "wanted", l.Connections)
	}
}

// limitValues returns the limits in force, by the names of their flags; 0 means no limit.
// Connections is the actual limit on connections.
func (c config) limitValues(connections int) map[string]float64 {
	l := limits{}
	if c.Limits == "on" {
		l = c.Limit
	}
	return map[string]float64{
		"address": float64(l.Address), "connects": float64(l.Connects), "handshakes": float64(l.Handshakes),
		"connections": float64(connections), "lines": l.Lines, "bot": l.Bot, "source": l.Source,
		"input": float64(l.Input), "typed": float64(l.Typed), "renames": float64(l.Renames),
	}
}

// hubLimits returns the limits on users.
func (l limits) hubLimits() room.Limits {
	return room.Limits{
		Lines:        l.Lines,
		Burst:        lineBurst,
		BotLines:     l.Bot,
		BotBurst:     int(botBurst * l.Bot),
		AddressLines: l.Source,
		AddressBurst: int(addressBurst * l.Source),
		Renames:      l.Renames,
	}
}
