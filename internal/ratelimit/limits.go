package ratelimit

// Limits are the rates of people, bots and addresses. A zero field means no limit.
type Limits struct {
	// Lines is how many lines, including commands, a person may send per second in the long run;
	// Burst is how many at once. A person who keeps sending faster is slowed down, then muted for a
	// minute.
	Lines float64
	Burst int

	// AddressLines and AddressBurst are the same for all sessions from one address (an IPv6 /64)
	// together; a /48 has four times that. They only slow down.
	AddressLines float64
	AddressBurst int

	// BotLines and BotBurst replace Lines and Burst for bots. They only slow down.
	BotLines float64
	BotBurst int

	// Renames is how often a person may change names per minute.
	Renames int
}
