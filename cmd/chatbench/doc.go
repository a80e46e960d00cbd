// Command chatbench measures what a chat server costs, and checks at the same time that it loses,
// duplicates and reorders nothing.
//
//	chatbench run URL [--start COMMAND | --pid N] [--hear URL] [FLAG]...
//	chatbench compare [FLAG]... TARGET TARGET...
//	chatbench floor tcp|sweeper|ssh|gliderlabs [--listen HOST:PORT]
//
// The scheme of a URL names the server's protocol; package load knows which there are, connects
// the clients and measures. chatbench --help lists the flags.
//
// # Run
//
// One load on one server. With --start, chatbench starts the server and ends it afterwards; with
// --pid it is already running; without either, its CPU time and memory are unknown. Most clients
// stay silent for the whole run, so the server must not disconnect idle ones.
//
//	chatbench run classic://127.0.0.1:8888 --listeners 1000 --window 8 \
//	    --start 'teahouse --listen classic://127.0.0.1:8888?idle=0 --limits off --data /tmp/bench'
//
// With --hear, the speakers connect to URL and the listeners to another node of the same server.
// The listeners' node is measured then, and two rows of latencies show what the link between the
// nodes adds.
//
//	chatbench run classic://127.0.0.1:8881 --hear classic://127.0.0.1:8882 --pid N --mode latency
//
// # Compare
//
// Several servers in turn, A B A B, each started afresh for each run, so that other work on the
// machine affects all of them alike. A target is 'NAME=URL COMMAND', NAME=URL for a server that
// is already running, or floor:KIND:
//
//	chatbench compare --listeners 1000 --window 8 \
//	    'ours=classic://127.0.0.1:8888 teahouse --listen classic://127.0.0.1:8888?idle=0 --limits off --data /tmp/bench' \
//	    floor:tcp
//
// If there is more than one round, a warm-up round comes first. Its figures do not count, but its
// faults do. For each figure the table has the median and, in parentheses, the minimum and
// maximum; then the ratio of the medians to those of the last target and, marked "paired", the
// median of the ratios in each round. Trust the paired one: a CPU second may be worth twice as
// much in one minute as in the next, but varies less within a round.
//
// # Floor
//
// A floor is a server that does nothing but write each line to everyone; see package baseline.
// With --prefix and --redraw it sends as many bytes as the server it is compared with.
//
// # Commands
//
// A COMMAND is split into words as a shell would do it, but no shell runs it. It must be the
// server itself, because only that process is measured; it is ended with SIGTERM, and after ten
// seconds with SIGKILL. Its output is kept, and shown if it fails. It gets chatbench's own limit
// of open files, raised to the hard limit.
//
// # Measurements
//
// CPU time is the user and system time of the server's process. On Linux it comes from the
// process's CPU clock, in nanoseconds; elsewhere from what the system reports, often in steps of
// 10 ms. Memory is the resident set size.
//
// # Exit codes
//
// 0 if every line was received once and in order, 1 if not, 2 for a mistake on the command line,
// and 3 if a run could not be finished.
package main
