package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// metricName matches the names of metrics in an expression or a text.
var metricName = regexp.MustCompile(`\b(teahouse|go|process)_[a-z_]+[a-z]`)

// exportedNames returns the names of the metrics of a running server.
func exportedNames(t *testing.T) []string {
	t.Helper()
	h := newFixture(t)
	_, body := h.get("/metrics")
	var names []string
	for line := range strings.Lines(body) {
		if name := metricName.FindString(line); !strings.HasPrefix(line, "#") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// The dashboard shows every metric of teahouse by its name, and none that does not exist.
func TestDashboard(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
			Options struct{ Legend *struct{ ShowLegend bool } }
		}
	}
	if err := json.Unmarshal(raw, &board); err != nil {
		t.Fatal(err)
	}
	names := exportedNames(t)
	var shown []string
	for _, p := range board.Panels {
		if p.Options.Legend != nil && !p.Options.Legend.ShowLegend { // Grafana's default is to hide it
			t.Errorf("the legend of %s is hidden", p.Title)
		}
		for _, target := range p.Targets {
			found := metricName.FindAllString(target.Expr, -1)
			if len(found) == 0 {
				t.Errorf("%s shows no metric: %s", p.Title, target.Expr)
			}
			for _, name := range found {
				if shown = append(shown, name); !slices.Contains(names, name) {
					t.Errorf("%s shows %s, which does not exist", p.Title, name)
				}
			}
		}
	}
	for _, name := range names {
		if part := strings.HasSuffix(name, "_seconds_sum") || strings.HasSuffix(name, "_seconds_count"); strings.HasPrefix(name, "teahouse_") && !part && !slices.Contains(shown, name) {
			t.Errorf("%s is on no panel", name)
		}
	}
}

// The package comment explains every metric, and none that does not exist.
func TestDoc(t *testing.T) {
	raw, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	taught := metricName.FindAllString(string(raw), -1)
	names := exportedNames(t)
	for _, name := range names {
		whole := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "teahouse_") && !slices.Contains(taught, whole) {
			t.Errorf("the package comment does not explain %s", name)
		}
	}
	for _, name := range taught {
		if strings.HasPrefix(name, "teahouse_") && !slices.Contains(names, name) && !slices.Contains(names, name+"_bucket") {
			t.Errorf("the package comment explains %s, which does not exist", name)
		}
	}
}

// limitOrReason is a metric with a label that says which limit refused something, why something was
// dropped, or what fails.
var limitOrReason = regexp.MustCompile(`(teahouse_(?:refused_total|connections_refused_total|proxy_dropped_total|journal_failing)\{)(?:limit|reason|what)="(\w+)"`)

// The package comment explains every limit, reason and part that a metric can name.
func TestDocExplainsLabels(t *testing.T) {
	raw, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body := newFixture(t).get("/metrics")
	series := limitOrReason.FindAllStringSubmatch(body, -1)
	if len(series) < 15 {
		t.Errorf("%d such series are exported: %q", len(series), series)
	}
	for _, m := range series {
		_, explanation, _ := strings.Cut(string(raw), "//   - "+m[1])
		explanation, _, _ = strings.Cut(explanation, "//   - ")
		if !strings.Contains(explanation, m[2]) {
			t.Errorf("the package comment does not explain %s%s", m[1], m[2])
		}
	}
}
