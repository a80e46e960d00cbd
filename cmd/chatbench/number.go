package main

import "strconv"

// formatNumber writes a number with three digits that matter, as 466k or 2.86M.
func formatNumber(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= unit.size*0.9995 { // what would be rounded up to it as well
			return formatDigits(v/unit.size) + unit.name
		}
	}
	if v == float64(int64(v)) {
		return strconv.FormatInt(int64(v), 10)
	}
	return formatDigits(v)
}

// formatDigits writes a number, small ones with three digits that matter.
func formatDigits(v float64) string {
	decimals := 0
	switch {
	case v < 0.0995:
		decimals = 3
	case v < 9.995:
		decimals = 2
	case v < 99.95:
		decimals = 1
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}
