// Package metrics reports over HTTP how a server is doing: metrics in the Prometheus format, and
// whether the process is alive and ready.
//
// The package reads the counters of other packages when it is scraped; they do not know it. Only
// writes to clients are pushed, through the [transport.Observer] of [Metrics.DoorObserver]. No
// metric contains names, keys, addresses or rooms, and every label has few values, to which
// strangers cannot add.
//
// A [Server] answers
//
//	/metrics  the metrics below, those of the Go runtime (go_) and of the process (process_)
//	/healthz  200 while the process serves
//	/readyz   200 while the listeners are open and, as far as is known, the store can be
//	          written; otherwise 503 and the reason. With --nats, the servers are asked all the time
//
// It has one serving goroutine and one for each connection, of which there are at most 32.
// [Server.Stop] ends them.
//
// A new metric goes into the file of what it measures: hub.go, connections.go, proxyproto.go,
// journal.go, peers.go, or build.go for the program itself. Its meaning goes into this page, and a
// panel into deploy/grafana.json; tests find what is missing.
//
// # The program
//
//   - teahouse_build_info{version,revision,goversion}, always 1: the program that runs. During an
//     upgrade, count by (version) shows the progress.
//   - teahouse_limit{limit}, in the unit of the flag --limit-… of that name: the limits in force,
//     also after SIGHUP; 0 means no limit. "connections" is less than the flag if the process may
//     not open that many files.
//
// # Users
//
//   - teahouse_sessions{door}, sessions: open sessions, except those of a single command. If the
//     number drops at one door alone, that door is in trouble: see disconnects.
//   - teahouse_rooms, rooms: open rooms, including the lobby.
//   - teahouse_events_total{kind}, events: said, joined, left and renamed. A user in several rooms
//     joins and leaves in each of them. Many joins and leaves without messages mean a client that
//     reconnects again and again, or somebody who is playing games.
//   - teahouse_disconnects_total{door,reason}, sessions: reasons are those of [room.Reason], each
//     present from the start with 0. Many "slow": clients, or the network to them, cannot keep up.
//     Any "failed": a bug in teahouse; please report it, with the log.
//   - teahouse_refused_total{limit}, lines or entries: what users did too fast, by limit: lines (of
//     one person), address (lines of everybody at one address), flood_mute (muted for being too
//     fast for long), renames, lookups (too many searches and long answers). If it rises for
//     harmless users, raise --limit-lines, --limit-source or --limit-renames.
//
// # Delivery
//
//   - teahouse_deliveries_total{door}, events: events written to clients. It grows with the number
//     of messages times the number of users. If it stands still while events go on, nobody is being
//     served.
//   - teahouse_session_lag_events{session}, events: how many events a session's writer has not taken
//     yet at the time of the scrape: the "slowest" session, and the slowest but one in a hundred
//     ("p99"). Joins and leaves may wait for 250 ms (1 s with 10,000 people), so it is seldom 0 on a busy server. "slowest"
//     alone is one client that does not read, and will be disconnected; if p99 rises too, the server
//     has too little CPU. From 16,384 on, readers miss lines.
//   - teahouse_delivery_seconds{door}, seconds, a histogram: the time from a message until the
//     operating system accepts it for a client. Each write is one sample, for the oldest message in
//     it, so the histogram shows the worst rather than the typical case. If it rises for everybody,
//     the machine is overloaded; if for a few, their clients are slow. It uses the wall clock, so one
//     sample is wrong when the clock is set.
//
// # Connections
//
//   - teahouse_connections, connections: open connections. Near --limit-connections, new ones are
//     refused.
//   - teahouse_handshakes, connections: open connections without a session, because the client is
//     still logging in or has nothing to do. Many of them for long: somebody connects and stays
//     silent.
//   - teahouse_connections_accepted_total, connections: connections accepted.
//   - teahouse_handshakes_displaced_total, connections: connections without a session that were closed
//     to make room for a new one. It rises under attack, or if --limit-handshakes is too low.
//   - teahouse_connections_refused_total{limit}, connections: refused connections, by limit: address,
//     network, connects, handshakes, total. "address" and "connects" mean one greedy address, or many
//     people behind one: raise --limit-address and --limit-connects for those. "network" means an IPv6
//     /56 or /48. "total" means that the server is full.
//
// This one exists with --proxy-protocol.
//
//   - teahouse_proxy_dropped_total{reason}, connections: connections from balancers that were dropped,
//     by reason: timeout (no PROXY header within three seconds), malformed (it cannot be read),
//     no_client (it names no TCP client), displaced (too many connections were waiting for theirs).
//     Any: the balancer does not send the header, or --proxy-protocol names a network with people
//     in it. Connections that are closed before they send anything are not counted, because health
//     checks do that.
//
// # The journal
//
// These exist once the journal is open.
//
//   - teahouse_journal_failing{what}, 0 or 1: 1 while something cannot be written: "messages",
//     "authority" (names, bans, rooms and the like) or "personal" (what users typed and set). Users
//     can go on chatting, but a restart now would lose it: see the log, free disk space or start the
//     NATS server.
//   - teahouse_journal_lag_events, events: events not stored yet. A hundred or so in a busy room is
//     normal; if it climbs, the store is too slow or unreachable. Beyond 16,384 in one room, events
//     are lost.
//   - teahouse_journal_errors_total, writes: failed writes, each attempt counted.
//   - teahouse_journal_stored_total, events: events stored.
//   - teahouse_journal_lost_total, events: events that will never be stored. More than 0 means
//     messages that nobody will find in the history.
//   - teahouse_journal_resets_total, streams: how often a stream was found without what it used to
//     hold, for instance because somebody deleted it. What is still in memory is stored again; the
//     log says what is missing.
//   - teahouse_journal_damaged_files, files: files of the store that were damaged or missing at the
//     start. The server runs without their contents. It is 0 again after the next start.
//   - teahouse_journal_records_pending, records: names, bans, settings and the like that are not
//     stored yet. Usually 0.
//   - teahouse_journal_bytes, bytes: the size of the store in this process, on disk or, with
//     --data "", in memory; missing with --nats, and while the store restarts. It stays below
//     --history-bytes for each room, plus some for the rest.
//
// # Other nodes
//
// These exist with --nats.
//
//   - teahouse_peers, nodes: other nodes that answer. If all is well, this is one less than there
//     are nodes.
//   - teahouse_peers_mismatched, nodes: nodes that answer and run another version or have other flags
//     than this one; the log says which.
//   - teahouse_peers_clock_skew_seconds, seconds: the largest difference between the clock of another
//     node that answers and this one's, to within milliseconds. From 1 on, the log says which node:
//     synchronize all machines with a time server.
//   - teahouse_isolated, 0 or 1: 1 while there are other nodes and none of them answers. Each node's
//     users then only see each other: check the network and the NATS servers. After five minutes of
//     silence other nodes no longer count, unless this node is the one that is cut off.
//   - teahouse_peers_lag_events, events: events that the other nodes have not been sent yet. Usually
//     0; if it climbs, this node has too little CPU.
//   - teahouse_peers_resend_requests_total, requests: how often this node asked another one to repeat
//     something, because the connection had failed. It rises when a node starts.
//   - teahouse_peers_panics_total, messages: messages of other nodes that caused a panic here and were
//     skipped. More than 0 is a bug in teahouse; the log has the stack.
//   - teahouse_peers_catchups_total, reads: how often this node read another's events from the store,
//     because that node had been away for long, or for good.
package metrics
