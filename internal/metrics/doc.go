// Package metrics tells those who run a house how it does: by HTTP, in the format
// of Prometheus, and whether it lives and is ready.
//
// It looks at the other packages, which know nothing of it: they count, and tell
// when they are asked. It is told nothing but what doors write, by a
// [transport.Observer] from [Metrics.DoorObserver]. Names, keys, addresses and rooms are in no
// metric; all labels have few values, which strangers cannot make more.
//
// A [Server] answers
//
//	/metrics  what is told below, and of the Go runtime (go_) and the process (process_)
//	/healthz  200 while the process serves
//	/readyz   200 while the doors are open and what is to be kept can be, as far as is
//	          known; else 503 and why. With --nats the servers are asked all the time
//
// It has one goroutine that serves and one for each connection, of which there are 32 at
// most. [Server.Stop] ends them.
//
// # The program
//
//   - teahouse_build_info{version,revision,goversion}, 1: which program runs. During an
//     upgrade count by (version) tells how far it is.
//   - teahouse_limit{limit}, as the flag --limit-… of that name has it: the limits in force,
//     after SIGHUP, too; 0 is no limit. "connections" is less than the flag says where so few
//     files may be open.
//
// # People
//
//   - teahouse_sessions{door}, sessions: who is here. Those for one command are not
//     counted. A fall at one door alone means that this door is in trouble: see
//     disconnects.
//   - teahouse_rooms, rooms: those that are open, the lobby among them.
//   - teahouse_events_total{kind}, events: said, joined, left and renamed; who is in
//     several rooms joins and leaves in each. Much joined and left without much said
//     is a client that comes again and again, or somebody who plays with the door.
//   - teahouse_disconnects_total{door,reason}, sessions: reasons are those of
//     [room.Reason], each there from the start, at 0. Many "slow": clients, or the way to them, take less than is
//     said. Any "failed": a fault in teahouse; the log has it, please report it.
//   - teahouse_refused_total{limit}, lines or comings: what people did too fast, by
//     limit: lines of one person, source (all of one address), hushed (who was too
//     fast for long), renames, reading (too much was looked up). Where it rises for people who do no harm, raise
//     --limit-lines, --limit-source or --limit-renames.
//
// # Delivery
//
//   - teahouse_deliveries_total{door}, events: written to those who read them. It
//     grows with what is said times who is here. It stands still while events go
//     on: nobody is being served.
//   - teahouse_session_lag_events{reader}, events: how many the writer of a session
//     has not taken yet, of the slowest and of the slowest but one in a hundred
//     (p99), at the time of the scrape. Comings and goings may wait for 250 ms, so it
//     is seldom 0 in a house where people move. "slowest" alone is one client that
//     does not read, and is cut off in time; where p99 rises too, the house has too
//     little CPU. At 16,384 readers miss lines.
//   - teahouse_delivery_seconds{door}, seconds, a histogram: from when
//     something was said until the system took it for a client. There is one sample
//     for each write, of the oldest in it, so it tells the worst rather than the
//     middle. When it rises for everybody, the machine is too busy; for few, it is
//     their clients. It goes by the clock of the machine: where that is set, it is
//     wrong once.
//
// # The gate
//
//   - teahouse_connections, connections: that have a place. Near --limit-connections
//     newcomers are refused.
//   - teahouse_handshakes, connections: those of them that have no session, because they
//     are not in yet, or have nothing to do. Much, for long: somebody connects and says
//     nothing.
//   - teahouse_connections_accepted_total, connections: that got a place.
//   - teahouse_handshakes_displaced_total, connections: that had no session and lost
//     their place to a newcomer. It rises under attack, or where --limit-handshakes
//     is too low.
//   - teahouse_connections_refused_total{limit}, connections: by limit: address,
//     network, connects, handshakes, total. "address" and "connects" are one address that
//     wants too much, or many people behind one: raise --limit-address and
//     --limit-connects for those. "network" is an IPv6 /56 or /48. "total" is a full house.
//
// This one is there with --proxy-protocol.
//
//   - teahouse_proxy_dropped_total{reason}, connections: from balancers, that began
//     with no right PROXY header, by reason: late (none within three seconds), malformed
//     (it cannot be read), clientless (it names no address of a TCP client), displaced
//     (too many had sent none). Any: the balancer does not send the header, or
//     --proxy-protocol has a network where people are, too. Those that are closed before
//     they send anything are not counted, since health checks do that.
//
// # The journal
//
// These are there once the journal is open.
//
//   - teahouse_journal_failing{what}, 0 or 1: talk, the book, or the desk (what people typed and set) cannot be written.
//     People talk on, but a restart now would forget: see the log, free the disk or
//     start the NATS server.
//   - teahouse_journal_lag_events, events: not stored yet. A hundred or so in a busy
//     room is how it works; where it climbs, the store is too slow or away. At
//     16,384 events in a room what was said falls off.
//   - teahouse_journal_errors_total, writes: that failed, each try counted.
//   - teahouse_journal_stored_total, events: stored.
//   - teahouse_journal_lost_total, events: never will be. More than 0 is talk that
//     nobody will find in the history.
//   - teahouse_journal_resets_total, streams: that were found without what they had had,
//     as where somebody deleted them. What was in memory is stored again; the log says
//     what is gone.
//   - teahouse_journal_damaged_files, files of the store: damaged or gone when the house opened, which
//     goes on without what was in them. It is 0 again after the next start.
//   - teahouse_journal_records_pending, rows: names, bans, settings and the like that are
//     not stored yet. It is 0 but for moments.
//   - teahouse_journal_bytes, bytes: what the store in this process has, on disk or,
//     with --data "", in memory; missing with --nats, and while the store starts
//     again. It stays below --history-bytes for each room, and some for the rest.
//
// # The other nodes
//
// These are there with --nats.
//
//   - teahouse_peers, nodes: of the others, those that answer. It is one less
//     than there are where all is well.
//   - teahouse_peers_mismatched, nodes: of those that answer, those of another version or
//     with other flags than this one; the log has which.
//   - teahouse_peers_clock_skew_seconds, seconds: by how much the clock of another node that
//     answers differs most from this one's, to some milliseconds. From 1 on the log has which:
//     have all machines follow a time server.
//   - teahouse_isolated, 0 or 1: there are others, none of which answers. People talk
//     on, each node's among themselves: see to the network, or the NATS servers. Others
//     that were not heard for five minutes count no more, unless it is this node that is
//     cut off.
//   - teahouse_peers_lag_events, events: that the others have yet to be told of. It is
//     0 but for moments; where it climbs, this node has too little CPU.
//   - teahouse_peers_resend_requests_total, times: that something another node said had to
//     be asked for again, because the way to it broke. It rises when a node starts.
//   - teahouse_peers_panics_total, messages: of other nodes that made this one fail, and were
//     left out. More than 0 is a fault in teahouse; the log has the stack.
//   - teahouse_peers_catchups_total, times: that it was looked for in the store, since
//     the other node was away for long, or for good.
package metrics
