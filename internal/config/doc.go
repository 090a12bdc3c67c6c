// Package config reads the configuration: a YAML file, then the environment,
// then flags, each over the one before.
//
//	file ┐
//	env  ├─ texts, each with its origin ─convert→ values ─check→ Config
//	flag ┘
//
// Until the layers are merged every value is a text and knows where it came
// from. So a fault names the file and line, or the variable, that must change,
// and all faults are found at once. A fault quotes a value only where a word
// is wanted and it looks like one: any value may be a secret that stands in
// the wrong place.
package config
