package doctor

import (
	"math"
	"testing"
)

// Sizes are shown with two digits, or as whole numbers.
func TestFormatBytes(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 10 << 10: "10 KiB", 16 << 20: "16 MiB",
		1<<20 - 1: "1.0 MiB", 9 << 30: "9.0 GiB", 82854982: "79 MiB", 3 << 40: "3.0 TiB", math.MaxUint64: "16 EiB",
	} {
		if got := formatBytes(n); got != want {
			t.Errorf("%d bytes are shown as %q, want %q", n, got, want)
		}
	}
}
