package journal

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"

	"teahouse/internal/records"
	"teahouse/journal/internal/layout"
)

// migratePersonalRecords moves rows that are at home in KV_desk there from KV_book, where they were before
// version 4, and where nodes of that version go on writing them. A row is copied only where
// KV_desk has never had a later one, and struck out only once all copies are stored: a process
// that is killed in between begins anew.
func (e *engine) migratePersonalRecords(ctx context.Context) error {
	stored, err := partitionBucket(e, records.Authority).read(ctx)
	if err != nil {
		return fmt.Errorf("journal: cannot read the book: %w", err)
	}
	var copies, markers []*nats.Msg
	for _, m := range stored.Live() {
		at, err := layout.DecodeRecordID(records.Authority, m.Subject)
		if err != nil || at.Partition() == records.Authority {
			continue // Rows tells of what cannot be read
		}
		copies = append(copies, conditionalMsg(at.Subject(), m.Data, 0))
		markers = append(markers, conditionalMsg(m.Subject, nil, m.Seq))
	}
	if len(copies) == 0 {
		return nil
	}
	e.log.Info("journal: what people typed and set moves to a stream of its own", "rows", len(copies))
	err = e.publishConditional(ctx, copies)
	if err == nil {
		err = e.syncStream(layout.PersonalStream) // a power cut must not take the copies alone
	}
	if err == nil {
		err = e.publishConditional(ctx, markers)
	}
	if err != nil {
		return fmt.Errorf("journal: cannot move rows of the book; nothing is lost, start again once it can: %w", e.explain(err))
	}
	return nil
}

// publishConditional stores messages of conditionalMsg, but those that are overtaken.
func (e *engine) publishConditional(ctx context.Context, messages []*nats.Msg) error {
	for part := range slices.Chunk(messages, publishBatchSize) {
		for _, sent := range e.publishAll(ctx, part) {
			if sent.err != nil && !isSeqConflict(sent.err) {
				return sent.err
			}
		}
	}
	return nil
}
