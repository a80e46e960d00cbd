package main

// withLanguage returns getenv with system as the default of LANG, for systems that do not keep
// the language in the environment.
func withLanguage(getenv func(string) string, system string) func(string) string {
	return func(name string) string {
		value := getenv(name)
		if name == "LANG" && value == "" {
			return system
		}
		return value
	}
}
