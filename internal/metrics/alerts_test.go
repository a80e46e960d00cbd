package metrics

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// An alertRule is an alert as Prometheus reads it.
type alertRule struct {
	Alert, Expr, For string
	Labels           map[string]string
}

// alertRules returns the alerts that come with teahouse.
func alertRules(t *testing.T) (all []alertRule) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []alertRule } }
	if err := yaml.Unmarshal(readFile(t, "../../deploy/alerts.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The operators' guide lists exactly the alerts in deploy/alerts.yaml.
func TestGuideListsAlerts(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `(Teahouse\\w+)`( †)? \\| `([^`]+)`(?:, for (\\w+))?[^|]* \\|")
	var taught []alertRule
	for _, cells := range row.FindAllStringSubmatch(string(readFile(t, "../../docs/operating.md")), -1) {
		severity := map[string]string{"": "warning", " †": "critical"}[cells[2]]
		taught = append(taught, alertRule{cells[1], cells[3], cells[4], map[string]string{"severity": severity}})
	}
	given := alertRules(t)
	if len(given) == 0 {
		t.Fatal("there are no alerts")
	}
	for i := range max(len(given), len(taught)) {
		var g, r alertRule
		if i < len(given) {
			g = given[i]
		}
		if i < len(taught) {
			r = taught[i]
		}
		if g.Alert != r.Alert || g.Expr != r.Expr || g.For != r.For || g.Labels["severity"] != r.Labels["severity"] {
			t.Errorf("alert %d is %+v, but the guide has %+v", i, g, r)
		}
	}
}

// A promtool test makes each alert fire.
func TestAlertsAreTested(t *testing.T) {
	tests := string(readFile(t, "../../deploy/alerts_test.yaml"))
	for _, r := range alertRules(t) {
		fires := regexp.MustCompile(`(?s)alertname: ` + r.Alert + `\n\s+eval_time: \S+\n\s+exp_alerts:`)
		if !fires.MatchString(tests) {
			t.Errorf("no test makes %s fire", r.Alert)
		}
	}
}

// Alerts and guides name only metrics that exist.
func TestAlertsUseKnownMetrics(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	names := exportedNames(t)
	for _, file := range append(files, "../../README.md", "../../SECURITY.md", "../../deploy/alerts.yaml", "../../deploy/alerts_test.yaml") {
		for _, name := range metricName.FindAllString(string(readFile(t, file)), -1) {
			if strings.HasPrefix(name, "teahouse_") && !slices.Contains(names, name) && !slices.Contains(names, name+"_bucket") {
				t.Errorf("%s names %s, which does not exist", file, name)
			}
		}
	}
}
