package main

// withLanguage returns getenv for a system that has its language elsewhere, "" where it
// has not: LANG tells that, unless the environment does.
func withLanguage(getenv func(string) string, system string) func(string) string {
	return func(name string) string {
		value := getenv(name)
		if name == "LANG" && value == "" {
			return system
		}
		return value
	}
}
