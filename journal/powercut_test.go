package journal

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/testkit"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// pageSize is the unit in which a disk has or lacks what was written.
const pageSize = 4096

// After a power cut any page written after the last watermark may be missing or zero, and so may
// the engine's state. The store opens with everything that was there at the watermark, and
// nothing counts as damaged.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	s := openServer(t, Config{Dir: dir, HistoryLimits: wideLimits})
	u := s.join(t, "alice", aliceKey)
	n := 0
	write := func() {
		for range random.IntN(8) {
			n++
			writeAndWait(t, s.Journal, record("bans", fmt.Sprint("key", n%20), fmt.Sprintf(`{"n":%d,"why":%q}`, n, fmt.Sprint(make([]byte, random.IntN(2000))))))
			say(t, u, fmt.Sprint("line ", n))
		}
		if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, fmt.Sprint("message ", n)), room.OfflineLimits{PerSender: 1000, PerRecipient: 1000, SpaceShare: 1}); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "it is stored", func() bool { return s.Pending() == 0 })
	}
	for i := range testkit.Amount(10, 3) {
		write()
		s.store.RaiseWatermarks(t.Context())
		marked := recordsIn(t, s.Journal)
		write()
		left := testkit.CopyDir(t, dir)
		cutPower(t, random, left)
		for _, damage := range mustDamages(t, left) {
			if !damage.Unsynced {
				t.Errorf("cut %d: %v", i, damage)
			}
		}
		logged := &testkit.Recorder{}
		j, err := Open(testContext(t), Config{Dir: left, HistoryLimits: wideLimits, Log: log.New(logged)})
		if err != nil {
			t.Fatalf("cut %d: %v", i, err)
		}
		if got := recordsIn(t, j); len(got) < len(marked) || len(j.Damages()) > 0 {
			t.Errorf("cut %d: %d of %d records; %v", i, len(got), len(marked), j.Damages())
		}
		mustClose(t, j)
	}
}

func mustDamages(t *testing.T, dir string) []integrity.Damage {
	t.Helper()
	found, err := Damages(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// cutPower loses some of the data that no watermark says was synced.
func cutPower(t *testing.T, random *rand.Rand, data string) {
	t.Helper()
	dir := filepath.Join(data, layout.FolderName)
	marks, err := integrity.ReadWatermarks(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, stream := range layout.StreamNames() {
		folder, mark := blockfile.StreamFolder(dir, stream), marks.Get(stream)
		sizes, err := blockfile.Sizes(folder)
		if err != nil {
			t.Fatal(err)
		}
		for number, size := range sizes {
			if number < mark.Block {
				continue
			}
			from := mark.Size
			if number > mark.Block {
				from = 0
			}
			truncateRandomly(t, random, blockfile.Path(folder, number), from, size)
		}
		if random.IntN(3) == 0 {
			_ = os.Truncate(filepath.Join(folder, blockfile.MessagesFolder, blockfile.StateFile), 10)
		}
	}
}

// truncateRandomly zeroes some pages of a file from an offset on, and may cut it there.
func truncateRandomly(t *testing.T, random *rand.Rand, path string, from, size int64) {
	t.Helper()
	if from >= size {
		return
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at := from; at < size; at += pageSize - at%pageSize {
		end := min(size, at+pageSize-at%pageSize)
		if random.IntN(2) == 0 {
			if _, err := f.WriteAt(make([]byte, end-at), at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if random.IntN(3) == 0 {
		if err := f.Truncate(from + random.Int64N(size-from)); err != nil {
			t.Fatal(err)
		}
	}
}
