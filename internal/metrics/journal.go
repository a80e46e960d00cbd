package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"teahouse/journal"
)

// storeCollector collects the journal's counters.
type storeCollector struct{ journal *journal.Journal }

// Metrics of the journal.
var (
	storeFailingDesc   = newDesc("journal_failing", "1 while something cannot be written, otherwise 0.", "what")
	storeLagDesc       = newDesc("journal_lag_events", "Events not stored yet.")
	storeErrorsDesc    = newDesc("journal_errors_total", "Failed writes, each attempt counted.")
	storedDesc         = newDesc("journal_stored_total", "Events stored.")
	storeLostDesc      = newDesc("journal_lost_total", "Events that will never be stored.")
	storeResetDesc     = newDesc("journal_resets_total", "How often a stream was found without what it used to hold.")
	storeDamagedDesc   = newDesc("journal_damaged_files", "Files of the store that were damaged or missing at the start.")
	recordsPendingDesc = newDesc("journal_records_pending", "Records (names, bans, settings and the like) not stored yet.")
	storeBytesDesc     = newDesc("journal_bytes", "Size of the store in this process; missing if the store is elsewhere.")
)

// Describe implements [prometheus.Collector].
func (sc *storeCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{storeFailingDesc, storeLagDesc, storeErrorsDesc, storedDesc, storeLostDesc, storeResetDesc, storeDamagedDesc, recordsPendingDesc, storeBytesDesc} {
		descs <- d
	}
}

// Collect implements [prometheus.Collector].
func (sc *storeCollector) Collect(metrics chan<- prometheus.Metric) {
	to, s := sink(metrics), sc.journal.Status()
	to.gauge(storeFailingDesc, boolValue(s.Err != nil), "messages")
	to.gauge(storeFailingDesc, boolValue(s.AuthorityErr != nil), "authority")
	to.gauge(storeFailingDesc, boolValue(s.PersonalErr != nil), "personal")
	to.gauge(storeLagDesc, float64(s.Pending))
	to.counter(storeErrorsDesc, s.FailedWrites)
	to.counter(storedDesc, s.Stored)
	to.counter(storeLostDesc, s.Lost)
	to.counter(storeResetDesc, s.Losses)
	to.gauge(storeDamagedDesc, float64(len(sc.journal.Damages())))
	to.gauge(recordsPendingDesc, float64(s.PendingRecords))
	if bytes, ok := sc.journal.Size(); ok {
		to.gauge(storeBytesDesc, float64(bytes))
	}
}

func boolValue(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
