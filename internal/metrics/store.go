package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"teahouse/journal"
)

// storeCollector collects how the journal does.
type storeCollector struct{ journal *journal.Journal }

// What an archive tells of.
var (
	storeFailingDesc   = newDesc("journal_failing", "1 while something cannot be written, else 0.", "what")
	storeLagDesc       = newDesc("journal_lag_events", "Events that are not stored yet.")
	storeErrorsDesc    = newDesc("journal_errors_total", "Writes that failed, each try counted.")
	storedDesc         = newDesc("journal_stored_total", "Events that are stored.")
	storeLostDesc      = newDesc("journal_lost_total", "Events that never will be.")
	storeResetDesc     = newDesc("journal_resets_total", "How often the store was found without what it had had.")
	storeDamagedDesc   = newDesc("journal_damaged_files", "Files of the store that were damaged or gone when the house opened.")
	recordsPendingDesc = newDesc("journal_records_pending", "Rows of the book (names, bans, settings and the like) that are not stored yet.")
	storeBytesDesc     = newDesc("journal_bytes", "Bytes that the store in this process has; missing where it is elsewhere.")
)

// Describe is part of [prometheus.Collector].
func (sc *storeCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{storeFailingDesc, storeLagDesc, storeErrorsDesc, storedDesc, storeLostDesc, storeResetDesc, storeDamagedDesc, recordsPendingDesc, storeBytesDesc} {
		descs <- d
	}
}

// Collect is part of [prometheus.Collector].
func (sc *storeCollector) Collect(metrics chan<- prometheus.Metric) {
	to, s := sink(metrics), sc.journal.Status()
	to.gauge(storeFailingDesc, boolValue(s.Err != nil), "talk")
	to.gauge(storeFailingDesc, boolValue(s.AuthorityErr != nil), "book")
	to.gauge(storeFailingDesc, boolValue(s.PersonalErr != nil), "desk")
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
