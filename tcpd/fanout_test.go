package tcpd

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/room"
)

// BenchmarkFanout measures the cost of one speaker and many listeners on sockets, until the
// listeners have read it. An operation is a burst of lines that every listener has received.
// "Bare" is what Go and the kernel need without a chat: for each connection a queue, and a
// goroutine that writes what waits in it.
func BenchmarkFanout(b *testing.B) {
	for _, kind := range []struct {
		name  string
		serve func(*testing.B) (addr string)
	}{
		{"teahouse", func(b *testing.B) string {
			return serve(b, &Server{Hub: room.New(room.Config{}), Dialect: LookupDialect("gopl"), Log: log.New(io.Discard)})
		}},
		{"bare", serveMinimal},
	} {
		for _, listeners := range []int{100, 1000} {
			for _, burst := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/listeners=%d/burst=%d", kind.name, listeners, burst), func(b *testing.B) {
					benchmarkFanout(b, kind.serve(b), listeners, burst)
				})
			}
		}
	}
}

func benchmarkFanout(b *testing.B, addr string, listeners, burst int) {
	const line = "the quick brown fox jumps over the lazy dog\n"
	var heard sync.WaitGroup // counts the listeners that have not received the burst
	heard.Add(listeners + 1)
	var speaker net.Conn
	for range listeners + 1 { // the speaker comes last, and receives its own lines
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		speaker = conn
		ready := make(chan error, 1)
		go readBursts(conn, burst, &heard, ready)
		if err := <-ready; err != nil {
			b.Fatal(err)
		}
	}
	if _, err := io.WriteString(speaker, "begin\n"); err != nil {
		b.Fatal(err)
	}
	heard.Wait()

	lines := []byte(strings.Repeat(line, burst))
	b.ReportAllocs()
	for b.Loop() {
		heard.Add(listeners + 1)
		if _, err := speaker.Write(lines); err != nil {
			b.Fatal(err)
		}
		heard.Wait()
	}
	heard.Add(1 << 30) // clients that are still connected read that others leave
	b.ReportMetric(float64(b.N*burst*listeners)/b.Elapsed().Seconds(), "deliveries/s")
}

// readBursts reads up to the line "begin" and then counts lines. It reports that line and each
// burst to heard.
func readBursts(conn net.Conn, burst int, heard *sync.WaitGroup, ready chan<- error) {
	in := bufio.NewReader(conn)
	_, err := in.ReadSlice('\n')
	ready <- err
	for line := []byte{}; !bytes.HasSuffix(line, []byte("begin\n")); {
		if line, err = in.ReadSlice('\n'); err != nil {
			return
		}
	}
	heard.Done()
	buf := make([]byte, 16<<10)
	for n := 0; ; {
		size, err := in.Read(buf)
		if err != nil {
			return
		}
		for n += bytes.Count(buf[:size], []byte("\n")); n >= burst; n -= burst {
			heard.Done()
		}
	}
}

// serveMinimal serves the smallest thing that could be called a chat.
func serveMinimal(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var running sync.WaitGroup
	b.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	var mu sync.Mutex
	queues := map[*queue]bool{}
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			q := &queue{more: make(chan struct{}, 1), lines: []byte("welcome\n")}
			q.more <- struct{}{}
			mu.Lock()
			queues[q] = true
			mu.Unlock()
			running.Go(func() { q.writeTo(conn) })
			running.Go(func() {
				in := bufio.NewReader(conn)
				for {
					line, err := in.ReadSlice('\n')
					if err != nil {
						break
					}
					mu.Lock()
					for q := range queues {
						q.add(line)
					}
					mu.Unlock()
				}
				mu.Lock()
				delete(queues, q)
				mu.Unlock()
				conn.Close()
				close(q.more)
			})
		}
	})
	return l.Addr().String()
}

type queue struct {
	mu    sync.Mutex
	lines []byte
	more  chan struct{} // capacity 1
}

func (q *queue) add(line []byte) {
	q.mu.Lock()
	q.lines = append(q.lines, line...)
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (q *queue) writeTo(conn net.Conn) {
	var lines []byte
	for range q.more {
		q.mu.Lock()
		lines, q.lines = q.lines, lines[:0]
		q.mu.Unlock()
		if _, err := conn.Write(lines); err != nil {
			return
		}
	}
}
