package load

import (
	"bytes"
	"slices"
	"testing"
)

// feed parses pieces as a client does.
func feed(t *tag, pieces ...[]byte) (marks []mark, longest int) {
	var kept []byte
	for _, piece := range pieces {
		p := append(kept, piece...)
		for {
			m, end, ok := t.next(p)
			p = p[end:]
			if !ok {
				break
			}
			marks = append(marks, m)
		}
		longest = max(longest, len(p))
		kept = slices.Clone(p)
	}
	return marks, longest
}

func TestMark(t *testing.T) {
	t.Parallel()
	tag := newTag()
	want := []mark{{0, 0, 0}, {7, 12345, 1 << 40}, {1, 25, 26}, {26, 1 << 60, 26*26*26 - 1}}
	var text []byte
	for _, m := range want {
		text = append(text, "QQ[Qx,Q "...)
		text = append(text, tag[:3]...)
		text = append(tag.append(text, m), "xxxx\r\n"...)
		text = append(text, tag[:]...) // an incomplete one
		text = append(text, ",b,c"...)
	}
	for cut := range len(text) + 1 {
		if got, _ := feed(&tag, text[:cut], text[cut:]); !slices.Equal(got, want) {
			t.Fatalf("with the text cut at %d the marks are %v, want %v", cut, got, want)
		}
	}
}

// Lines of another run on the same server do not count.
func TestMarkOfAnotherRun(t *testing.T) {
	t.Parallel()
	tag, other := tag{'Q', 'm', 'i', 'n', 'e'}, tag{'Q', 'm', 'i', 'n', 'd'}
	if got, _ := feed(&tag, other.append(nil, mark{1, 2, 3})); len(got) > 0 {
		t.Errorf("marks of another run count: %v", got)
	}
}

// However the network cuts the bytes, the marks are the same, and little is kept between reads.
func FuzzMark(f *testing.F) {
	tag := tag{'Q', 't', 'e', 's', 't'}
	f.Add(tag.append([]byte("[a]b:"), mark{1, 2, 3}), 3, 9)
	f.Add([]byte("QtestQtest,b,c,d;Qtest,b,,;Qtest,aaaaaaaaaaaaab,b,b;"), 5, 17)
	f.Add(bytes.Repeat([]byte("Qtest,zzzzzzzzzzzzz,zzzzzzzzzzzzz,zzzzzzzzzzzzz;"), 2), 47, 48)
	f.Fuzz(func(t *testing.T, p []byte, a, b int) {
		a, b = min(max(a, 0), len(p)), min(max(b, 0), len(p))
		a, b = min(a, b), max(a, b)
		whole, _ := feed(&tag, p)
		pieces, longest := feed(&tag, p[:a], p[a:b], p[b:])
		if !slices.Equal(whole, pieces) {
			t.Errorf("the marks depend on the packets: %v as a whole, %v in pieces", whole, pieces)
		}
		if longest >= maxMark || longest > headroom {
			t.Errorf("%d bytes are kept between reads: too many", longest)
		}
		for _, m := range whole {
			if m.time < 0 {
				t.Errorf("the mark %v has an impossible time", m)
			}
			if again, _ := feed(&tag, tag.append(nil, m)); !slices.Equal(again, []mark{m}) {
				t.Errorf("the mark %v is written and read as %v", m, again)
			}
		}
	})
}
