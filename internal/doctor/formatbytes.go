package doctor

import "fmt"

// formatBytes returns a number of bytes in binary units, such as 512 B, 1.5 GiB or 20 GiB: with one
// decimal below ten.
func formatBytes(n uint64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1024, 0
	for ; value >= 1023.5 && unit < len("KMGTPE")-1; unit++ {
		value /= 1024
	}
	if value < 9.95 {
		return fmt.Sprintf("%.1f %ciB", value, "KMGTPE"[unit])
	}
	return fmt.Sprintf("%.0f %ciB", value, "KMGTPE"[unit])
}
