package text

import "testing"

func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"who", "who", 0}, {"woh", "who", 1}, {"whoo", "who", 1}, {"wo", "who", 1},
		{"wha", "who", 1}, {"hsitory", "history", 1}, {"ihsotry", "history", 2}, {"kitten", "sitting", 3}, {"ca", "abc", 3}, {"茶馆", "馆茶", 1},
	} {
		if got := EditDistance([]rune(test.a), []rune(test.b)); got != test.want {
			t.Errorf("from %s to %s there are %d typing mistakes, want %d", test.a, test.b, got, test.want)
		}
	}
}
