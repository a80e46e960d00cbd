package metrics

import "testing"

// Who looks at several houses sees which program each is, and which limits hold there.
func TestBuildAndLimits(t *testing.T) {
	newFixture(t).expectMetrics(
		`teahouse_build_info{goversion="go1.26",revision="0123456789ab",version="v1.2.3"} 1`,
		`teahouse_limit{limit="address"} 128`,
		`teahouse_limit{limit="lines"} 2.5`,
	)
}
