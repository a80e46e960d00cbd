//go:build linux

package e2e

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// setClockSkew sets how far the clock of a running program is ahead of the machine's; a negative
// skew is behind. It needs no privileges for a child process, and changes the real program: Go gets
// the time from the page of code that the kernel maps into each process, and this writes another
// function there. Only the time of day is wrong then, as on a machine with a bad clock; elapsed
// time is not.
func setClockSkew(pid int, ahead time.Duration) error {
	if runtime.GOARCH != "amd64" {
		return errors.New("no code is written for " + runtime.GOARCH)
	}
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer mem.Close()
	at, err := findGettime(pid, mem)
	if err != nil {
		return err
	}
	seconds := binary.LittleEndian.AppendUint64(nil, uint64(int64(ahead/time.Second)))
	found := make([]byte, len(skewedGettime))
	if _, err := mem.ReadAt(found, at); err != nil {
		return err
	}
	if string(found) != string(skewedGettime) {
		return whileStopped(pid, at, func() error {
			_, err := mem.WriteAt(append(skewedGettime[:len(skewedGettime):len(skewedGettime)], seconds...), at)
			return err
		})
	}
	_, err = mem.WriteAt(seconds, at+int64(len(skewedGettime)))
	return err
}

// skewedGettime is clock_gettime for amd64. It is followed by the number of seconds by which the
// time of day is ahead.
var skewedGettime = []byte{
	0xb8, 228, 0, 0, 0, // mov eax, SYS_clock_gettime
	0x0f, 0x05, //         syscall
	0x85, 0xff, //         test edi, edi: is it CLOCK_REALTIME?
	0x75, 10, //           jne to the ret
	0x48, 0x8b, 0x0d, 6, 0, 0, 0, // mov rcx, the seconds
	0x48, 0x01, 0x0e, //   add [rsi], rcx
	0xc3,       //         ret
	0x90, 0x90, //         so that the seconds are aligned
}

// findGettime returns where clock_gettime is in a process.
func findGettime(pid int, mem io.ReaderAt) (at int64, err error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, err
	}
	var from, to int64
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, "[vdso]") {
			_, _ = fmt.Sscanf(line, "%x-%x", &from, &to)
		}
	}
	code, err := elf.NewFile(io.NewSectionReader(mem, from, to-from))
	if err != nil {
		return 0, err
	}
	symbols, err := code.DynamicSymbols()
	if err != nil {
		return 0, err
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" && s.Value%8 == 0 && s.Size > uint64(len(skewedGettime))+8 {
			return from + int64(s.Value), nil
		}
	}
	return 0, errors.New("the kernel maps no clock_gettime")
}

// whileStopped does something while a process is stopped and none of its threads is in the function
// at an address.
func whileStopped(pid int, at int64, do func() error) error {
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	for range 100 {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			return err
		}
		if threadsOutside(pid, at) {
			return do()
		}
		_ = syscall.Kill(pid, syscall.SIGCONT)
		time.Sleep(time.Millisecond)
	}
	return errors.New("some thread always asks for the time")
}

// threadsOutside reports whether all threads of a process are known to be elsewhere.
func threadsOutside(pid int, at int64) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		words := strings.Fields(string(text))
		if err != nil || len(words) == 0 || words[0] == "running" {
			return false
		}
		var pc int64
		if _, err := fmt.Sscanf(words[len(words)-1], "0x%x", &pc); err != nil || pc >= at && pc < at+1024 {
			return false
		}
	}
	return len(threads) > 0
}
