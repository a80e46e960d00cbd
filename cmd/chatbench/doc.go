// Command chatbench measures what a chat server costs, and checks that it
// loses, doubles and reorders nothing while it is measured.
//
//	chatbench run URL [--start COMMAND | --pid N] [--hear URL] [FLAG]...
//	chatbench compare [FLAG]... TARGET TARGET...
//	chatbench floor tcp|sweeper|ssh|gliderlabs [--listen HOST:PORT]
//
// The scheme of a URL is the protocol that the server speaks; package load
// knows which there are, makes the crowd and does the measuring. Run
// chatbench --help for the flags.
//
// # Run
//
// One crowd at one server. With --start the server is started for it and ended
// afterwards, with --pid it runs already; without either of them nothing is
// known of its CPU time and memory. Most of the crowd says nothing for as long
// as the run lasts, so the server should not mind idle clients.
//
//	chatbench run classic://127.0.0.1:8888 --listeners 1000 --window 8 \
//	    --start 'teahouse --listen classic://127.0.0.1:8888?idle=0 --limits off --data /tmp/bench'
//
// With --hear the speakers come in at URL and the listeners at another node of
// the same house. Then the listeners' node is what is measured, and two rows
// of latencies tell what the way between the nodes takes.
//
//	chatbench run classic://127.0.0.1:8881 --hear classic://127.0.0.1:8882 --pid N --mode latency
//
// # Compare
//
// Several servers in turn, A B A B, each started afresh for each run, so that a
// machine that is busy for a while is so for all of them. A target is
// 'NAME=URL COMMAND', NAME=URL for a server that runs already, or the name of a
// floor:
//
//	chatbench compare --listeners 1000 --window 8 \
//	    'ours=classic://127.0.0.1:8888 teahouse --listen classic://127.0.0.1:8888?idle=0 --limits off --data /tmp/bench' \
//	    floor:tcp
//
// With more than one round, a round comes first whose figures are not counted,
// though what goes wrong in it is. For each figure the table has the median and,
// in parentheses, the least and the most; then the ratio of the medians to the
// last target's, and, called paired, the median of the ratios in each round.
// That is the one to trust: a CPU second is worth up to twice as much in one
// minute as in another, but less so within a round.
//
// # Floor
//
// A floor is a server that does nothing but write each line to everybody; see
// package floor. --prefix and --redraw have it send as many bytes as the server
// with which it is compared.
//
// # Commands
//
// A COMMAND is split into words as a shell would, but no shell runs it. It has
// to be the server itself, because that process alone is measured, and ended
// with SIGTERM, or after ten seconds with SIGKILL. What it says is kept, and
// shown if it fails. Its limit of open files is chatbench's own, the hard one.
//
// # What is measured how
//
// CPU time is user and system time of the server's process: on Linux from the
// process's own CPU clock, which counts nanoseconds; elsewhere as the system
// reports it, often in steps of 10 ms. Memory is the resident set.
//
// # Exit codes
//
// 0 when everything that was said was heard once and in order, 1 when it was
// not, 2 for a mistake on the command line, 3 when a run could not be finished.
package main
