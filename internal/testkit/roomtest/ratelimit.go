package roomtest

import (
	"time"
)

// Took returns how long something takes on the bubble's clock.
func Took(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}
