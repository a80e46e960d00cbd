package terminal

import "slices"

// An undoLog holds the changes to a row since it was last empty.
type undoLog struct {
	steps []undoStep // the newest last
	bytes int        // of all that was removed
}

// An undoStep is one change: at byte begin, removed was replaced by so many inserted bytes.
type undoStep struct {
	begin, inserted int
	removed         clusteredText
	at              int // the cursor before the change, in bytes
}

const (
	maxUndoSteps = 50
	maxUndoBytes = 8 << 10
)

// editKind is a kind of change. Consecutive changes of the same kind are one step to undo.
type editKind uint8

const (
	editSeparate   editKind = iota // each change is a step of its own
	editTyping                     // inserts one character after the other
	editRecall                     // replaces one line by another
	editCompletion                 // replaces one option by another
)

// beginEdit sets the kind of the next changes.
func (r *row) beginEdit(m editKind) {
	r.newStep = r.newStep || m == editSeparate || m != r.editKind
	r.editKind = m
}

// recordEdit records that n bytes are about to replace the clusters from one index up to another.
func (r *row) recordEdit(from, to, n int) {
	begin, end := r.offset(from), r.offset(to)
	if begin == end && n == 0 {
		return
	}
	if r.undoLog == nil {
		r.undoLog = new(undoLog)
	} else if !r.newStep && r.undoLog.extend(begin, end, n) {
		return
	}
	r.newStep = r.editKind == editSeparate
	if end-begin > maxUndoBytes {
		r.undoLog = nil
		return
	}
	r.undoLog.add(undoStep{begin, n, r.slice(from, to).clone(), r.cursorByte})
}

// extend makes a change part of the newest step, if it continues or replaces what that inserted.
func (u *undoLog) extend(begin, end, n int) bool {
	last := &u.steps[len(u.steps)-1]
	switch {
	case begin == end && begin == last.begin+last.inserted:
		last.inserted += n
	case begin == last.begin && end == begin+last.inserted:
		last.inserted = n
	default:
		return false
	}
	return true
}

// add adds a step, and drops the oldest ones if there are too many.
func (u *undoLog) add(s undoStep) {
	u.steps = append(u.steps, s)
	u.bytes += len(s.removed.text)
	n := 0
	for len(u.steps)-n > maxUndoSteps || u.bytes > maxUndoBytes {
		u.bytes -= len(u.steps[n].removed.text)
		n++
	}
	u.steps = slices.Delete(u.steps, 0, n)
}

// undo reverts the newest step.
func (r *row) undo() {
	if r.undoLog == nil {
		return
	}
	p := r.undoLog
	s := p.steps[len(p.steps)-1]
	p.steps = p.steps[:len(p.steps)-1]
	p.bytes -= len(s.removed.text)
	if len(p.steps) == 0 {
		r.undoLog = nil
	}
	r.revert(s)
	r.moveToByte(s.at)
}

// revert puts back what a step removed. If what it inserted has combined with its neighbours,
// those are split anew.
func (r *row) revert(s undoStep) {
	from, begin := r.seek(s.begin)
	if begin > s.begin {
		from--
		begin -= int(r.sizes[from])
	}
	to, end := r.seek(s.begin + s.inserted)
	p := s.removed
	if begin < s.begin || end > s.begin+s.inserted {
		p = splitClusters(slices.Concat(r.text[begin:s.begin], p.text, r.text[s.begin+s.inserted:end]))
		r.work += len(p.sizes)
	}
	r.spliceWithoutUndo(from, to, p, false)
}

// removedTexts returns the texts that all steps removed.
func (u *undoLog) removedTexts() [][]byte {
	if u == nil {
		return nil
	}
	var texts [][]byte
	for _, s := range u.steps {
		texts = append(texts, s.removed.text)
	}
	return texts
}
