package ratelimit

import (
	"net/netip"
	"testing"
	"time"
)

// Quotas that are full again are forgotten, so somebody with many addresses cannot fill the memory.
func TestQuotasAreForgotten(t *testing.T) {
	var quotas Quotas
	now, addr := time.Now(), netip.MustParseAddr("10.0.0.0")
	for range 5000 {
		quotas.Take(addr, LinkCodeQuota(), 1, now)
		addr, now = addr.Next(), now.Add(time.Minute)
	}
	if n := quotas.limiters.Len(); n > 2048 {
		t.Errorf("the quotas of %d networks are remembered, of which few have taken anything lately", n)
	}
}
