package main

import "strconv"

// formatNumber formats a number with three significant digits, such as 466k or 2.86M.
func formatNumber(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= unit.size*0.9995 { // including what would be rounded up to it
			return formatDigits(v/unit.size) + unit.name
		}
	}
	if v == float64(int64(v)) {
		return strconv.FormatInt(int64(v), 10)
	}
	return formatDigits(v)
}

// formatDigits formats a number; small ones get three significant digits.
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
