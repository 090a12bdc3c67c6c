package script

// self is the program that runs, also if its file was replaced meanwhile by a newer one.
func self() (string, error) { return "/proc/self/exe", nil }
