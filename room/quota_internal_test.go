package room

import (
	"net/netip"
	"testing"
	"time"

	"teahouse/internal/accounts"
)

// One network gets a tenth of each table, counted over the time after which what nobody uses
// is free again.
func TestQuotasAreATenth(t *testing.T) {
	for _, test := range []struct {
		Quota
		of   int
		days float64
	}{
		{NameQuota(), accounts.MaxOwnedNames, 30},
		{BotQuota(), accounts.MaxBots, 30},
		{ReadMarkerQuota(), MaxReadMarkers, 30},
		{SettingsQuota(), accounts.MaxSettings, 30},
		{IgnoreListQuota(), accounts.MaxIgnoreLists, 30},
		{InputHistoryQuota(), accounts.MaxInputHistories, 30},
		{LinkCodeQuota(), accounts.MaxLinkOffers, accounts.LinkOfferTTL.Hours() / 24},
		{KeyQuota(), accounts.MaxLinkedKeys, 365}, // for good
		{OfflineQuota(), 64 << 20, 30},
	} {
		if taken := float64(test.Burst) + float64(test.PerDay)*test.days; taken > float64(test.of)/10 {
			t.Errorf("one network takes %.0f of %d %s", taken, test.of, test.name)
		}
	}
}

// Shares that are whole again are forgotten: who comes from many addresses fills no memory.
func TestQuotasAreForgotten(t *testing.T) {
	var s quotas
	now, addr := time.Now(), netip.MustParseAddr("10.0.0.0")
	for range 5000 {
		s.take(netip.PrefixFrom(addr, 32), LinkCodeQuota(), 1, now)
		addr, now = addr.Next(), now.Add(time.Minute)
	}
	if s.limiters.Len() > 2048 {
		t.Errorf("there are %d", s.limiters.Len())
	}
}
