package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"teahouse/journal"
)

// archive collects how the journal does.
type archive struct{ journal *journal.Journal }

// What an archive tells of.
var (
	failingDesc = describe("journal_failing", "1 while something cannot be written, else 0.", "what")
	behindDesc  = describe("journal_lag_events", "Events that are not stored yet.")
	failedDesc  = describe("journal_errors_total", "Writes that failed, each try counted.")
	keptDesc    = describe("journal_kept_total", "Events that are stored.")
	lostDesc    = describe("journal_lost_total", "Events that never will be.")
	goneDesc    = describe("journal_gone_total", "How often the store was found without what it had had.")
	damagedDesc = describe("journal_damaged", "Files of the store that were damaged or gone when the house opened.")
	rowsDesc    = describe("book_rows_waiting", "Rows of the book (names, bans, settings and the like) that are not stored yet.")
	sizeDesc    = describe("journal_bytes", "Bytes that the store in this process has; missing where it is elsewhere.")
)

// Describe is part of [prometheus.Collector].
func (a *archive) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{failingDesc, behindDesc, failedDesc, keptDesc, lostDesc, goneDesc, damagedDesc, rowsDesc, sizeDesc} {
		descs <- d
	}
}

// Collect is part of [prometheus.Collector].
func (a *archive) Collect(metrics chan<- prometheus.Metric) {
	to, s := sink(metrics), a.journal.Status()
	to.gauge(failingDesc, one(s.Err != nil), "talk")
	to.gauge(failingDesc, one(s.BookErr != nil), "book")
	to.gauge(failingDesc, one(s.DeskErr != nil), "desk")
	to.gauge(behindDesc, float64(s.Behind))
	to.counter(failedDesc, s.Failed)
	to.counter(keptDesc, s.Kept)
	to.counter(lostDesc, s.Lost)
	to.counter(goneDesc, s.Gone)
	to.gauge(damagedDesc, float64(len(a.journal.Damages())))
	to.gauge(rowsDesc, float64(s.Rows))
	if bytes, ok := a.journal.Size(); ok {
		to.gauge(sizeDesc, float64(bytes))
	}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
