package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"

	"teahouse/internal/records"
	"teahouse/journal/internal/layout"
)

// MigratePersonalRecords moves records that belong in KV_desk there from KV_book, where they
// were before version 4, and where nodes of older versions still write them. It copies a record
// only if KV_desk has never had a later one, and deletes the original only once all copies are
// stored: if the process is killed in between, the next run starts over.
func (st *Store) MigratePersonalRecords(ctx context.Context) error {
	stored, err := PartitionBucket(st, records.Authority).Read(ctx)
	if err != nil {
		return fmt.Errorf("journal: cannot read the book: %w", err)
	}
	var copies, markers []*nats.Msg
	for _, m := range stored.Live() {
		at, err := layout.DecodeRecordID(records.Authority, m.Subject)
		if err != nil || at.Partition() == records.Authority {
			continue // Records reports what cannot be read
		}
		copies = append(copies, ConditionalMsg(at.Subject(), m.Data, 0))
		markers = append(markers, ConditionalMsg(m.Subject, nil, m.Seq))
	}
	if len(copies) == 0 {
		return nil
	}
	st.Log.Info("journal: what people typed and set moves to a stream of its own", "rows", len(copies))
	err = st.publishConditional(ctx, copies)
	if err == nil {
		err = st.syncStream(layout.PersonalStream) // a power cut must not take only the copies
	}
	if err == nil {
		err = st.publishConditional(ctx, markers)
	}
	if err != nil {
		return fmt.Errorf("journal: cannot move rows of the book; nothing is lost, start again once it can: %w", st.Explain(err))
	}
	return nil
}

// publishConditional stores messages from [ConditionalMsg], skipping those that a later write
// has overtaken.
func (st *Store) publishConditional(ctx context.Context, messages []*nats.Msg) error {
	for part := range slices.Chunk(messages, PublishBatchSize) {
		for _, sent := range st.PublishAll(ctx, part) {
			if sent.Err != nil && !IsSeqConflict(sent.Err) {
				return sent.Err
			}
		}
	}
	return nil
}
