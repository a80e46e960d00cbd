package terminal

import (
	"bytes"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// A row is the text being edited, with a cursor. The zero value is empty.
//
// The text is split into grapheme clusters, and the cursor stands before one of them or at the
// end. Where a cluster ends depends on where it begins and on nothing beyond the character after
// it. So after a change the clusters are found anew only from the one before the change to the
// first old boundary that still holds: a key costs about the same in a long row as in a short
// one.
//
// Typed text combines with the text before the cursor at once, but with the text behind it only
// when the typing is over (joinTyped): the first half of a flag typed before another flag must
// not take half of that one along. The same goes for what Backspace leaves.
type row struct {
	clusteredText
	infos      []clusterInfo // one for each cluster
	blocks     blocks
	blockBytes int // by how many bytes the text grows when its blocks are expanded
	cursor     int // as an index into sizes
	cursorByte int // as an index into text
	work       int // how many clusters were looked at, see Terminal.Work

	changed     bool     // since it was drawn
	joinPending bool     // text behind the cursor might combine with what is before it
	undoLog     *undoLog // nil if there is nothing to undo
	editKind    editKind
	newStep     bool // the next change is a step of its own
	scratch     [2*maxCluster + utf8.UTFMax]byte
}

// A clusterInfo caches what is known of a cluster: its width in the lower bits, or 0 if that is
// unknown, and whether it is part of a word.
type clusterInfo uint8

const (
	cellsMask clusterInfo = 1<<6 - 1
	wordKnown clusterInfo = 1 << 6
	wordPart  clusterInfo = 1 << 7
)

const (
	// maxResegmented is how many old clusters a change may split anew. Only a long run of flags
	// has more, in which each half would find a new partner; the rest of the run keeps its
	// partners.
	maxResegmented = 16
	// maxWord is how many clusters the keys that move by words take for one word at most.
	maxWord = 128
	// maxKeptCap is the capacity up to which an emptied row keeps its memory.
	maxKeptCap = 512
)

func (r *row) empty() bool { return len(r.text) == 0 }

// endIndex is the cursor's index behind the last cluster.
func (r *row) endIndex() int { return len(r.sizes) }

// messageLen returns the length of the row's message in bytes.
func (r *row) messageLen() int { return len(r.text) + r.blockBytes }

// moveTo puts the cursor before cluster i, clamped to the row.
func (r *row) moveTo(i int) {
	i = min(max(i, 0), len(r.sizes))
	if i == r.cursor {
		return
	}
	r.cursorByte = r.offset(i)
	r.cursor = i
	r.changed = true
}

// offset returns where cluster i begins in the text. It counts from the cursor, which is near for
// most keys; the two ends need no counting.
func (r *row) offset(i int) int {
	switch {
	case i == 0:
		return 0
	case i == len(r.sizes):
		return len(r.text)
	case i < r.cursor:
		return r.cursorByte - sumSizes(r.sizes[i:r.cursor])
	default:
		return r.cursorByte + sumSizes(r.sizes[r.cursor:i])
	}
}

// seek returns the first cluster that begins at or after a byte of the text, and where it begins.
func (r *row) seek(place int) (i, at int) {
	switch {
	case place >= len(r.text):
		return len(r.sizes), len(r.text)
	case place >= r.cursorByte:
		i, at = r.cursor, r.cursorByte
	}
	for at < place {
		at += int(r.sizes[i])
		i++
	}
	return i, at
}

// moveToByte puts the cursor before the first cluster that begins at or after a byte of the text.
func (r *row) moveToByte(place int) {
	r.cursor, r.cursorByte = r.seek(place)
	r.changed = true
}

// slice returns the clusters from one index up to another. The result is valid until the row
// changes.
func (r *row) slice(from, to int) clusteredText {
	return clusteredText{r.text[r.offset(from):r.offset(to)], r.sizes[from:to]}
}

// insert inserts p at the cursor, where its beginning may combine with the cluster before it.
// What would make that longer than maxCluster is dropped.
func (r *row) insert(p clusteredText) {
	if n := r.excess(p.text); n > 0 {
		p = splitClusters(p.text[n:])
		r.work += len(p.sizes)
	}
	if len(p.text) > 0 {
		r.splice(r.cursor, r.cursor, p, true)
		r.joinPending = true
	}
}

// excess returns how many bytes at the beginning of text would make the cluster before the cursor
// too long.
func (r *row) excess(text []byte) int {
	if r.cursor == 0 {
		return 0
	}
	before := r.text[r.cursorByte-int(r.sizes[r.cursor-1]) : r.cursorByte]
	near := append(r.scratch[:0], before...)
	near = append(near, text[:min(len(text), maxCluster+utf8.UTFMax)]...)
	if len(near) <= maxCluster {
		return 0
	}
	g := displaywidth.BytesGraphemes(near)
	g.Next()
	n := len(g.Value()) - len(before)
	if n <= maxCluster-len(before) {
		return 0
	}
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

// replaceBefore replaces the text between from, where a cluster begins, and the cursor.
func (r *row) replaceBefore(from int, text []byte) {
	first, at := r.cursor, r.cursorByte
	for at > from {
		first--
		at -= int(r.sizes[first])
	}
	p := splitClusters(text)
	r.work += len(p.sizes)
	r.splice(first, r.cursor, p, true)
	r.joinPending = true
}

// isClusterStart reports whether a cluster before the cursor, or the one at it, begins at from.
func (r *row) isClusterStart(from int) bool {
	at := r.cursorByte
	for i := r.cursor; at > from && i > 0; i-- {
		at -= int(r.sizes[i-1])
	}
	return at == from
}

// completionText returns the text with newlines in place of its blocks, of the same length.
func (r *row) completionText() string {
	r.work += len(r.text) / bytesPerWork
	if r.blocks == nil {
		return string(r.text)
	}
	text := slices.Clone(r.text)
	for i := range text {
		if blockIndex(text[i:]) >= 0 {
			text[i], text[i+1] = '\n', '\n'
		}
	}
	return string(text)
}

// joinTyped lets typed text combine with what is behind it. It must be called before the row is
// used by anything but insert and backspace.
func (r *row) joinTyped() {
	if r.joinPending {
		r.splice(r.cursor, r.cursor, clusteredText{}, false)
		r.joinPending = false
	}
}

// remove removes the clusters from one index up to another. Indices are clamped to the row.
func (r *row) remove(from, to int) {
	from, to = max(from, 0), min(to, len(r.sizes))
	if from < to {
		r.splice(from, to, clusteredText{}, false)
	}
}

// backspace removes what one key has put in before the cursor: the last sign of a cluster in
// scripts where each sign is a key of its own, and otherwise the whole cluster.
func (r *row) backspace() {
	if r.cursor == 0 {
		return
	}
	cluster := r.slice(r.cursor-1, r.cursor).text
	left := splitClusters(slices.Clone(cluster[:lenWithoutLastMark(cluster)]))
	r.splice(r.cursor-1, r.cursor, left, true)
	r.joinPending = true // or the cursor would move behind what combines
}

// lenWithoutLastMark returns how many bytes of a cluster Backspace leaves. Letters without case
// are those of Thai, Hindi, Arabic, Hebrew and similar scripts, where vowels and tones are typed
// one by one. East Asian letters and their marks come from an input method in one piece.
func lenWithoutLastMark(cluster []byte) int {
	first, _ := utf8.DecodeRune(cluster)
	if !unicode.Is(unicode.Lo, first) || unicode.In(first, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
		return 0
	}
	_, last := utf8.DecodeLastRune(cluster)
	return len(cluster) - last
}

// transpose swaps the clusters around the cursor and moves on, as emacs does; at the end it swaps
// the last two.
func (r *row) transpose() {
	i := min(r.cursor, len(r.sizes)-1) // the right one of the two
	if i < 1 {
		return
	}
	a, b := r.slice(i-1, i), r.slice(i, i+1)
	r.splice(i-1, i+1, splitClusters(slices.Concat(b.text, a.text)), false)
}

// set replaces the whole text and puts the cursor at its end. It can be undone.
func (r *row) set(p clusteredText) {
	r.recordEdit(0, len(r.sizes), len(p.text))
	r.fill(p)
}

// fill replaces the whole text and puts the cursor at its end. It cannot be undone.
func (r *row) fill(p clusteredText) {
	r.work += len(p.text) / bytesPerWork
	r.text = append(r.text[:0], p.text...)
	r.sizes = append(r.sizes[:0], p.sizes...)
	r.infos = slices.Grow(r.infos[:0], len(p.sizes))[:len(p.sizes)]
	clear(r.infos)
	r.blockBytes = r.blocks.extraLen(r.text)
	r.cursor, r.cursorByte, r.joinPending = len(r.sizes), len(r.text), false
	r.changed = true
}

// message returns the row's message, without a newline at the end. At a cut or at the end of a
// block, marks may have combined with other text, so clusters that are now too long are trimmed.
func (r *row) message() string {
	text := trimClusters(slices.Clone(r.blocks.expand(r.text)))
	return string(bytes.TrimRight(text, "\n"))
}

// reset empties the row, and its undo log.
func (r *row) reset() {
	if !r.empty() {
		r.fill(clusteredText{})
	}
	if cap(r.text) > maxKeptCap {
		r.text, r.sizes, r.infos = nil, nil, nil
	}
	r.undoLog = nil
}

// splice replaces the clusters from one index up to another by p, and puts the cursor behind it.
// If hold is set, text behind p does not combine with it. The change can be undone.
func (r *row) splice(from, to int, p clusteredText, hold bool) {
	r.recordEdit(from, to, len(p.text))
	r.spliceWithoutUndo(from, to, p, hold)
}

// spliceWithoutUndo is splice without an entry in the undo log.
func (r *row) spliceWithoutUndo(from, to int, p clusteredText, hold bool) {
	begin, end, behind := r.offset(from), r.offset(to), len(r.sizes)-to
	r.work += (len(p.text) + end - begin) / bytesPerWork
	r.blockBytes += r.blocks.extraLen(p.text) - r.blocks.extraLen(r.text[begin:end])
	r.text = slices.Replace(r.text, begin, end, p.text...)
	r.resize(from, to, p.sizes)
	r.changed = r.changed || from < to || len(p.text) > 0

	here, over := r.cursorByte, begin+len(p.text)
	limit := len(r.text)
	if hold {
		limit = over
	}
	i, at := from, begin
	if from > 0 {
		i, at = r.resegment(from, begin, limit)
	}
	if at <= over { // the text behind p still begins a cluster
		i, at = len(r.sizes)-behind, over
		if i > from && len(p.text) > 0 && !hold {
			i, at = r.resegment(i, over, limit)
		}
	}
	for i > 0 && at-int(r.sizes[i-1]) >= over {
		i--
		at -= int(r.sizes[i])
	}
	r.cursor, r.cursorByte = i, at
	r.changed = r.changed || r.cursorByte != here // combining may have moved it
}

// resegment finds the clusters anew, from the one before the given cluster, which begins at
// place, to the first old boundary that still holds, but not beyond limit, which is a boundary.
// It returns the cluster that begins there, and where.
func (r *row) resegment(cluster, place, limit int) (i, at int) {
	first, last := cluster-1, cluster // clusters first to last-1 are replaced
	at = place - int(r.sizes[first])
	old := place // the old boundary before cluster last
	var buf [2 * maxResegmented]uint8
	fresh := buf[:0]
	for at != old {
		if at > old {
			old += int(r.sizes[last])
			last++
			continue
		}
		n := min(nextClusterLen(r.text[at:]), limit-at)
		if last-cluster >= maxResegmented {
			n = min(n, old-at)
		}
		fresh = append(fresh, uint8(n))
		at += n
	}
	r.work += len(fresh)
	r.resize(first, last, fresh)
	return first + len(fresh), at
}

// resize replaces the sizes of the clusters from one index up to another.
func (r *row) resize(from, to int, sizes []uint8) {
	r.sizes = slices.Replace(r.sizes, from, to, sizes...)
	if n := len(sizes) - (to - from); n > 0 {
		r.infos = slices.Insert(r.infos, to, make([]clusterInfo, n)...)
	} else {
		r.infos = slices.Delete(r.infos, to+n, to)
	}
	clear(r.infos[from : from+len(sizes)])
}

// wordLeft returns where the word to the left of the cursor begins.
func (r *row) wordLeft() int {
	i, at := r.cursor, r.cursorByte
	step := func(word bool) {
		for ; i > 0 && r.cursor-i < maxWord; i-- {
			before := at - int(r.sizes[i-1])
			if r.inWord(i-1, before) != word {
				return
			}
			at = before
		}
	}
	step(false)
	step(true)
	return i
}

// wordRight returns where the word to the right of the cursor ends.
func (r *row) wordRight() int {
	i, at := r.cursor, r.cursorByte
	step := func(word bool) {
		for ; i < len(r.sizes) && i-r.cursor < maxWord && r.inWord(i, at) == word; i++ {
			at += int(r.sizes[i])
		}
	}
	step(false)
	step(true)
	return i
}

// inWord reports whether cluster i, which begins at byte at, is part of a word.
func (r *row) inWord(i, at int) bool {
	if r.infos[i]&wordKnown == 0 {
		r.work++
		r.infos[i] |= wordKnown
		if inWord(r.text[at:]) {
			r.infos[i] |= wordPart
		}
	}
	return r.infos[i]&wordPart != 0
}

// inWord reports whether the cluster that text begins with is part of a word: a run of letters
// and digits of any script.
func inWord(text []byte) bool {
	c, size := utf8.DecodeRune(text)
	if size == standaloneLen(text) && size > 1 {
		return true // Han
	}
	return unicode.IsLetter(c) || unicode.IsNumber(c) || unicode.IsMark(c)
}

// handleKey handles the keys that need nothing but the row.
func (r *row) handleKey(k keyKind) {
	switch k {
	case keyLeft:
		r.moveTo(r.cursor - 1)
	case keyRight:
		r.moveTo(r.cursor + 1)
	case keyWordLeft:
		r.moveTo(r.wordLeft())
	case keyWordRight:
		r.moveTo(r.wordRight())
	case keyHome:
		r.moveTo(0)
	case keyEnd:
		r.moveTo(r.endIndex())
	case keyBackspace:
		r.backspace()
	case keyDelete:
		r.remove(r.cursor, r.cursor+1)
	case keyTranspose:
		r.transpose()
	}
}

// killTarget returns the cluster up to which a key kills.
func (r *row) killTarget(k keyKind) int {
	switch k {
	case keyKillToStart:
		return 0
	case keyKillWordLeft:
		return r.wordLeft()
	case keyKillWordRight:
		return r.wordRight()
	default:
		return r.endIndex()
	}
}

// sizeHint returns what the row shows of its length if that is close to the maximum or beyond it,
// and "" otherwise.
func (r *row) sizeHint(maxMessage int) string {
	n := r.messageLen()
	if n < maxMessage-maxMessage/10 {
		return ""
	}
	return fmt.Sprintf("(%d/%d) ", n, maxMessage)
}
