package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/records"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// Before version 5 of the stored data, records were in streams of other names, and before version
// 4 all in one. NATS cannot rename a stream, so the records are copied:
//
//  1. The new streams are created with the version "migrating", and get what they lack.
//  2. All other streams get the current version: an older program refuses them from then on, so
//     nothing is written to the old streams any more. Those on NATS servers elsewhere are also
//     sealed, in case a node of an older version was cut off when this one looked for such nodes.
//     Then the new streams are made equal to the old ones.
//  3. The new streams get the current version, KV_authority last. From then on they count; in a
//     folder of an older version, from when that gets the current one, once everything is synced.
//  4. The old streams are deleted.
//
// Until step 3 the old streams are complete, and all that counts: a process that is killed before
// that starts over, one that is killed later only deletes. A failure before step 2, such as a
// full disk, leaves everything to an older program as it was.
//
// Several nodes may do this at the same time. Until the old streams are sealed, they may have read
// different things there, so they only add what is missing, deletions too; after that they want
// the same. Once one of them has completed step 3, the others change nothing.

// HasLegacyRecords reports whether the records are in the streams of an older version. It returns
// an error if these are gone before their records were moved.
func (st *Store) HasLegacyRecords(ctx context.Context) (has bool, err error) {
	err = st.RetryWithTimeout(ctx, func(ctx context.Context) error {
		has = false
		if migrated, err := st.isMigrated(ctx); migrated || err != nil {
			return err
		}
		legacy, err := st.findLegacyStreams(ctx)
		if has = len(legacy) > 0; has || err != nil {
			return err
		}
		return st.checkCopies(ctx) // after looking for the old streams, which another node may just have deleted
	})
	return has, err
}

// checkCopies returns an error if a present stream does not count yet. Call it only if there are
// no old streams.
func (st *Store) checkCopies(ctx context.Context) error {
	for _, p := range layout.Partitions() {
		name := layout.PartitionStream(p)
		have, err := st.FindStream(ctx, name)
		if err == nil && have != nil && have.Metadata[layout.VersionKey] == layout.MigratingVersion {
			err = st.incompleteCopyError()
		}
		if err != nil {
			return fmt.Errorf("stream %s: %w", name, err)
		}
	}
	return nil
}

// incompleteCopyError says that the old streams are gone before their records were moved.
func (st *Store) incompleteCopyError() error {
	advice := "copy the streams of this server there with nats stream backup, then delete them and restore a backup"
	if st.IsEmbedded() {
		advice = layout.MoveAwayAdvice(st.Dir)
	}
	return fmt.Errorf("it is an incomplete copy of the streams %s, which are gone; %s", strings.Join(layout.LegacyStreamNames(), " and "), advice)
}

// isMigrated reports whether the stream KV_authority exists and counts.
func (st *Store) isMigrated(ctx context.Context) (bool, error) {
	have, err := st.FindStream(ctx, layout.AuthorityStream)
	if err != nil {
		return false, fmt.Errorf("stream %s: %w", layout.AuthorityStream, err)
	}
	return have != nil && layout.HasPresentNames(have.Metadata[layout.VersionKey]), nil
}

// findLegacyStreams returns the configurations of the old streams that exist.
func (st *Store) findLegacyStreams(ctx context.Context) (found []*jetstream.StreamConfig, err error) {
	for _, name := range layout.LegacyStreamNames() {
		have, err := st.FindStream(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("stream %s: %w", name, err)
		}
		if have != nil {
			found = append(found, have)
		}
	}
	return found, nil
}

// legacyRecords are the records in the streams of an older version.
type legacyRecords struct {
	streams int                         // how many of these streams exist
	entries map[string][]layout.Message // by present stream, with present subjects, and markers
	ignored int                         // messages that no version stored
}

// ReadLegacyRecords returns the records in the streams of an older version, by their present
// stream, with their present subjects.
func (st *Store) ReadLegacyRecords(ctx context.Context) (map[string][]layout.Message, error) {
	var all legacyRecords
	err := st.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		all, err = st.readLegacyRecords(ctx)
		return err
	})
	for stream, entries := range all.entries {
		all.entries[stream] = slices.DeleteFunc(entries, layout.IsDeleteMarker)
	}
	return all.entries, err
}

func (st *Store) readLegacyRecords(ctx context.Context) (all legacyRecords, err error) {
	all = legacyRecords{entries: map[string][]layout.Message{}}
	found, err := st.findLegacyStreams(ctx)
	if err != nil {
		return all, err
	}
	all.streams = len(found)
	var entries []layout.Message
	latest := map[string]int{} // by present subject; a stream that came later has the later ones
	for _, have := range found {
		spec, _ := layout.BucketOf(have.Name)
		contents, err := (&Bucket{Bucket: spec, st: st}).Read(ctx)
		if err != nil { // perhaps another node, which is faster, has deleted it
			return all, fmt.Errorf("stream %s: %w", have.Name, notYet(err))
		}
		for _, m := range contents.Entries {
			if _, m.Subject, err = layout.UpgradeSubject(have.Name, m.Subject); err != nil {
				all.ignored++
				continue
			}
			latest[m.Subject] = len(entries)
			entries = append(entries, m)
		}
	}
	for i, m := range entries {
		if latest[m.Subject] == i {
			stream := streamOfRecord(m.Subject)
			all.entries[stream] = append(all.entries[stream], m)
		}
	}
	return all, nil
}

// streamOfRecord returns the stream of a record's present subject.
func streamOfRecord(subject string) string {
	if layout.CheckSubject(layout.PersonalStream, subject) == nil {
		return layout.PersonalStream
	}
	return layout.AuthorityStream
}

// migrateRecords moves the records of an older version to the present streams.
func (p *preparation) migrateRecords(ctx context.Context) error {
	legacy, err := p.HasLegacyRecords(ctx)
	if err == nil && legacy {
		p.Log.Info("journal: moving the records to streams with new names")
		for _, step := range p.migrationSteps() {
			if err = step(ctx); err != nil {
				err = fmt.Errorf("cannot move the records to streams with new names; nothing is lost, start again once that is fixed: %w", p.Explain(err))
				break
			}
		}
	}
	if err == nil {
		err = p.deleteLegacyStreams(ctx)
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// migrationSteps are the steps up to the point where the present streams count.
func (p *preparation) migrationSteps() []func(context.Context) error {
	return []func(context.Context) error{
		func(ctx context.Context) error { return p.discardUnless(ctx, p.RetryWithTimeout(ctx, p.createCopies)) },
		func(ctx context.Context) error { return p.discardUnless(ctx, p.copyRecords(ctx, true)) },
		func(ctx context.Context) error { return p.setVersions(ctx, false) },
		func(ctx context.Context) error { return p.RetryWithTimeout(ctx, p.sealLegacyStreams) },
		func(ctx context.Context) error { return p.copyRecords(ctx, false) },
		func(ctx context.Context) error { return p.setVersions(ctx, true) },
		p.noteMigration,
	}
}

// setVersions gives the streams with records, or all others, the current version.
func (p *preparation) setVersions(ctx context.Context, withRecords bool) error {
	for _, stream := range slices.Backward(layout.StreamNames()) { // KV_authority after KV_personal
		if layout.HasRecords(stream) != withRecords {
			continue
		}
		if err := p.setVersion(ctx, stream); err != nil {
			return fmt.Errorf("stream %s: %w", stream, err)
		}
	}
	return nil
}

// copyRecords makes the present streams equal to those of the older version, or only adds what
// they lack.
func (p *preparation) copyRecords(ctx context.Context, onlyMissing bool) error {
	var all legacyRecords
	err := p.RetryWithTimeout(ctx, func(ctx context.Context) (err error) {
		all, err = p.readLegacyRecords(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if onlyMissing && all.ignored > 0 {
		p.Log.Warn("journal: unreadable records are ignored", "count", all.ignored)
	}
	if all.streams == 0 { // another node has moved the records, and deleted these streams
		return nil
	}
	for _, partition := range layout.Partitions() {
		stream := layout.PartitionStream(partition)
		if err := p.copyPartition(ctx, partition, all.entries[stream], onlyMissing); err != nil {
			return fmt.Errorf("stream %s: %w", stream, err)
		}
	}
	return nil
}

// createCopies creates the present streams. They may exist: from an attempt that was broken off,
// or from another node that does the same. Until the old ones are gone, they reserve no more than
// they need.
func (p *preparation) createCopies(ctx context.Context) error {
	legacy, err := p.findLegacyStreams(ctx)
	if err != nil {
		return err
	}
	used, err := p.sizeOf(ctx, legacy)
	if err != nil {
		return err
	}
	for _, want := range p.WantedStreams() {
		if !layout.HasRecords(want.Name) {
			continue
		}
		if want.Name == layout.AuthorityStream && len(legacy) > 0 && legacy[0].Name == layout.LegacyStreamNames()[0] {
			maps.Copy(want.Metadata, withoutServerKeys(legacy[0].Metadata))
		}
		want.Metadata[layout.VersionKey] = layout.MigratingVersion
		want.MaxBytes = min(want.MaxBytes, 2*used+migrationSpace)
		if err := p.createCopy(ctx, want); err != nil {
			return fmt.Errorf("stream %s: %w", want.Name, ExplainNoStorage(want, notYet(err)))
		}
	}
	return nil
}

// createCopy creates a present stream, unless it exists. It never updates one: another node may
// complete the migration at any moment, and an update with what was read before would undo that.
func (p *preparation) createCopy(ctx context.Context, want jetstream.StreamConfig) error {
	have, err := p.FindStream(ctx, want.Name)
	if have == nil && err == nil {
		err = p.CreateStream(ctx, want)
	}
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return nil
	}
	return err
}

// sizeOf returns how many bytes old streams take.
func (p *preparation) sizeOf(ctx context.Context, legacy []*jetstream.StreamConfig) (used int64, err error) {
	for _, old := range legacy {
		s, err := p.JS.Stream(ctx, old.Name)
		if err != nil {
			return 0, fmt.Errorf("stream %s: %w", old.Name, notYet(err))
		}
		used += int64(s.CachedInfo().State.Bytes)
	}
	return used, nil
}

// migrationSpace is added to the size of the new streams for what the engine needs itself.
const migrationSpace = 16 << 20

// withoutServerKeys returns the metadata of a stream without what the server notes in it.
func withoutServerKeys(metadata map[string]string) map[string]string {
	own := maps.Clone(metadata)
	maps.DeleteFunc(own, func(key, _ string) bool { return strings.HasPrefix(key, "_nats.") })
	return own
}

// copyPartition makes a present stream equal to entries of an older version, or only adds what it
// lacks. If another node has completed the migration meanwhile, it changes nothing: what that
// node stores is newer.
func (p *preparation) copyPartition(ctx context.Context, partition records.Partition, want []layout.Message, onlyMissing bool) error {
	var changes []*nats.Msg
	find := func(ctx context.Context) (err error) {
		changes, err = p.differences(ctx, partition, want, onlyMissing)
		return err
	}
	err := p.RetryWithTimeout(ctx, func(ctx context.Context) error { // what was not acknowledged may be stored
		if err := find(ctx); err != nil {
			return err
		}
		return p.explainFullCopy(partition, p.publishConditional(ctx, changes))
	})
	if err != nil {
		return err
	}
	if err = p.RetryWithTimeout(ctx, find); err == nil && len(changes) > 0 {
		err = fmt.Errorf("%d records have changed", len(changes))
	}
	if err == nil && p.IsEmbedded() && !p.InMemory {
		err = layout.SyncTree(p.Store.folder(layout.PartitionStream(partition))) // a power cut must not take only the copies
	}
	return err
}

// explainFullCopy adds advice to the error of NATS servers elsewhere if a present stream is too
// small: an attempt that was broken off created it, and an older program added records since.
func (p *preparation) explainFullCopy(partition records.Partition, err error) error {
	var api *jetstream.APIError
	if p.IsEmbedded() || !errors.As(err, &api) || !strings.Contains(api.Description, "maximum bytes") {
		return err
	}
	return fmt.Errorf("it is too small for the records; give it more space with nats stream edit %s --max-bytes (%v)", layout.PartitionStream(partition), err) // permanent
}

// differences returns the messages that make a present stream equal to entries, or that add what
// it lacks. There are none if the stream counts already.
func (p *preparation) differences(ctx context.Context, partition records.Partition, want []layout.Message, onlyMissing bool) (changes []*nats.Msg, err error) {
	contents, err := PartitionBucket(p.Store, partition).Read(ctx)
	if err != nil {
		return nil, err
	}
	if migrated, err := p.isMigrated(ctx); migrated || err != nil { // after reading it, so all in it was copied
		return nil, err
	}
	have := map[string]layout.Message{}
	for _, m := range contents.Entries {
		have[m.Subject] = m
	}
	for _, m := range want {
		there, ok := have[m.Subject]
		if !ok || !onlyMissing && !bytes.Equal(there.Data, m.Data) {
			changes = append(changes, ConditionalMsg(m.Subject, m.Data, there.Seq))
		}
		delete(have, m.Subject)
	}
	for _, m := range have {
		if !onlyMissing && !layout.IsDeleteMarker(m) { // copied by an attempt after which an older program ran
			changes = append(changes, ConditionalMsg(m.Subject, nil, m.Seq))
		}
	}
	return changes, nil
}

// discardUnless removes the new streams if the migration failed before anything else was changed,
// so that they take no space. On NATS servers elsewhere they stay: another node may be filling
// them.
func (p *preparation) discardUnless(ctx context.Context, failed error) error {
	if failed == nil || !p.IsEmbedded() {
		return failed
	}
	for _, partition := range layout.Partitions() {
		stream := layout.PartitionStream(partition)
		if err := p.JS.DeleteStream(ctx, stream); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			p.Log.Debug("journal: a copy of the records is left", "stream", stream, "err", err)
		}
	}
	return failed
}

// setVersion gives a stream the current version, if it exists.
func (p *preparation) setVersion(ctx context.Context, stream string) error {
	return p.RetryWithTimeout(ctx, func(ctx context.Context) error {
		have, err := p.FindStream(ctx, stream)
		if err != nil || have == nil || have.Metadata[layout.VersionKey] == strconv.Itoa(layout.Version) {
			return err
		}
		have.Metadata[layout.VersionKey] = strconv.Itoa(layout.Version)
		_, err = p.JS.UpdateStream(ctx, *have)
		return err
	})
}

// sealLegacyStreams has NATS servers elsewhere refuse writes to the old streams. A server sets
// more of a sealed stream, and rejects an update without that, as from a slower node.
func (p *preparation) sealLegacyStreams(ctx context.Context) error {
	if p.IsEmbedded() {
		return nil
	}
	found, err := p.findLegacyStreams(ctx)
	if err != nil {
		return err
	}
	for _, have := range found {
		if have.Sealed {
			continue
		}
		have.Sealed, have.DenyPurge, have.AllowRollup = true, true, false
		if _, err := p.JS.UpdateStream(ctx, *have); err != nil {
			return fmt.Errorf("stream %s: %w", have.Name, notYet(err))
		}
	}
	return nil
}

// noteMigration notes in the folder of an embedded engine that the present streams count, once
// everything is on disk.
func (p *preparation) noteMigration(context.Context) error {
	if !p.IsEmbedded() || p.InMemory {
		return nil
	}
	for _, stream := range layout.StreamNames() {
		if err := layout.SyncTree(p.Store.folder(stream)); err != nil {
			return err
		}
	}
	return layout.UpdateFolderVersion(p.Dir)
}

// deleteLegacyStreams deletes the old streams, whose records are in the present ones.
func (p *preparation) deleteLegacyStreams(ctx context.Context) error {
	return p.RetryWithTimeout(ctx, func(ctx context.Context) error {
		found, err := p.findLegacyStreams(ctx)
		if err != nil {
			return err
		}
		for _, name := range layout.LegacyStreamNames() {
			if p.Watermarks != nil {
				p.Watermarks.Drop(name)
			}
		}
		for _, have := range slices.Backward(found) {
			if err := p.JS.DeleteStream(ctx, have.Name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
				return fmt.Errorf("stream %s: cannot delete it, whose records are in another one now: %w", have.Name, err)
			}
		}
		return nil
	})
}

// removeMigrationLeftovers removes what a kill left of a migration in a folder, before the engine
// starts: copies that do not count yet, or streams that no longer count, of which a part may be
// gone.
func removeMigrationLeftovers(dir string) error {
	if err := layout.RenameFiles(dir); err != nil {
		return err
	}
	folder := func(stream string) string { return blockfile.StreamFolder(dir, stream) }
	counts, leftover := []string{layout.AuthorityStream, layout.PersonalStream}, layout.LegacyStreamNames()
	if layout.HasLegacyStreams(dir) {
		counts, leftover = leftover, counts
	}
	if !slices.ContainsFunc(leftover, func(stream string) bool { return isThere(folder(stream)) }) || !isThere(folder(counts[0])) {
		return nil
	}
	for _, stream := range counts {
		if err := layout.SyncTree(folder(stream)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, stream := range leftover {
		if err := os.RemoveAll(folder(stream)); err != nil {
			return err
		}
	}
	layout.SyncFolder(filepath.Dir(folder(counts[0])))
	return nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
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
