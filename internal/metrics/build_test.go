package metrics

import "testing"

// The metrics show which program runs and which limits are in force.
func TestBuildAndLimits(t *testing.T) {
	newFixture(t).expectMetrics(
		`teahouse_build_info{goversion="go1.26",revision="0123456789ab",version="v1.2.3"} 1`,
		`teahouse_limit{limit="address"} 128`,
		`teahouse_limit{limit="lines"} 2.5`,
	)
}
