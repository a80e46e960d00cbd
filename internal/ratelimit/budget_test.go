package ratelimit

import (
	"testing"
	"testing/synctest"
	"time"
)

// Time pays for work beyond a budget, and savings are limited to the burst. The parent allows twice
// as much work.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := NewBudget(0.5, 2*time.Second, nil)
		a, b := NewBudget(0.5, time.Second, network), NewBudget(0.5, time.Second, network)
		for _, step := range []struct {
			budget *Budget
			work   time.Duration
			owed   time.Duration
		}{
			{a, time.Second, 0},
			{a, 3 * time.Second, 6 * time.Second}, // the network has spent two seconds
			{b, time.Second, 1 * time.Second},     // of a network that owes half a second
		} {
			if got := step.budget.Charge(step.work); got != step.owed {
				t.Errorf("after %v of work somebody has to wait for %v, want %v", step.work, got, step.owed)
			}
		}
		if a.IsFull() || b.IsFull() {
			t.Error("a budget that owes time counts as full")
		}
		time.Sleep(time.Hour)
		if !a.IsFull() || a.Charge(0) != -2*time.Second {
			t.Errorf("after an idle hour the budget is full: %v, and owes %v; want true and -2s, the savings of the network", a.IsFull(), a.Charge(0))
		}
	})
}
