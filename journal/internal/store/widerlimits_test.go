package store

import (
	"testing"

	"teahouse/room"
)

// 0 is no limit, for bytes and for the age.
func TestWiderLimits(t *testing.T) {
	t.Parallel()
	tests := []struct{ a, b, want room.HistoryLimits }{
		{room.HistoryLimits{Lines: 1, Bytes: 2, Age: 3}, room.HistoryLimits{Lines: 3, Bytes: 1, Age: 2}, room.HistoryLimits{Lines: 3, Bytes: 2, Age: 3}},
		{room.HistoryLimits{Lines: 1, Bytes: 0, Age: 3}, room.HistoryLimits{Lines: 0, Bytes: 1, Age: 0}, room.HistoryLimits{Lines: 1, Bytes: 0, Age: 0}},
	}
	for _, test := range tests {
		if got, back := widerLimits(test.a, test.b), widerLimits(test.b, test.a); got != test.want || back != test.want {
			t.Errorf("of %+v and %+v the wider one is %+v, or %+v", test.a, test.b, got, back)
		}
	}
}
