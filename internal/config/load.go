package config

import (
	"fmt"
	"strings"

	"github.com/knadh/koanf/v2"

	"usersync/providers"
)

// Options say where the configuration comes from.
type Options struct {
	// File is the YAML file. "" is what USERSYNC_CONFIG names, else
	// usersync.yaml if there is one, else no file.
	File string
	// Environ is the environment as os.Environ returns it.
	Environ []string
	// Flags are values given on the command line, by key with dots, as
	// "admin.listen". They win over everything else.
	Flags map[string]string
	// Dir is what relative paths of the files read here start from; "" is
	// the working directory.
	Dir string
	// NeedProviders is for commands that work with providers: there must be
	// one, and all are built. Otherwise only the keys of the section are
	// looked at, so that migrate runs without the providers' secrets and
	// without the certificate.
	NeedProviders bool
	// WithoutCredentials leaves secrets and bearer of the providers alone, and
	// builds them as open ones: for commands that only use the providers' APIs
	// to get such credentials. Where they belong stands in CredentialFiles.
	WithoutCredentials bool
	// Scripts runs the scripts of definitions; nil if none will be run.
	Scripts providers.Runner
}

// Load reads the configuration. Its error is Faults: everything that is
// wrong, not only the first thing.
func Load(options Options) (*Config, error) {
	l := newLoader(options)
	if !l.loadFile() {
		return nil, l.faults
	}
	l.loadEnvironment()
	l.loadFlags()
	c := l.decode()
	l.check(c)
	if len(l.faults) > 0 {
		l.faults.sort(l.file)
		return nil, l.faults
	}
	return c, nil
}

// loader is the state of one Load.
type loader struct {
	Options
	shape       *shape
	environment map[string]string
	file        string // the configuration file as faults name it
	noFile      bool   // none was named, and usersync.yaml is not there

	layers  *koanf.Koanf // texts and lists of texts
	origins origins
	values  map[string]any // the layers, converted

	// named holds the variables that the file mentions as ${NAME}.
	named map[string]bool

	credentialFiles map[path]map[string]string // of a provider, by key
	trees           map[path]*tree             // sections that are not ours

	faults   Faults
	blamed   map[path]bool
	warnings []string
}

func newLoader(options Options) *loader {
	l := &loader{
		Options:     options,
		shape:       rootShape(),
		environment: map[string]string{},
		file:        "environment",
		layers:      koanf.New(separator),
		origins:     origins{},
		named:       map[string]bool{},

		credentialFiles: map[path]map[string]string{},
		trees:           map[path]*tree{},
		blamed:          map[path]bool{},
	}
	for _, pair := range options.Environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			l.environment[name] = value
		}
	}
	return l
}

// fault reports what is wrong with the value at p, or with its absence.
func (l *loader) fault(p path, format string, arguments ...any) {
	from := l.origins.of(p)
	if from.file == "" {
		from.file = l.file
	}
	l.faultAt(from, p, format, arguments...)
}

// faultAt is fault for a place that is not in origins.
func (l *loader) faultAt(from origin, p path, format string, arguments ...any) {
	l.blamed[p] = true
	l.faults = append(l.faults, Fault{
		File:    from.file,
		Line:    from.line,
		Key:     p.String(),
		Message: fmt.Sprintf(format, arguments...),
	})
}

// isBlamed reports whether a fault already explains trouble with p: one of p
// itself, of its file twin, or of something above or below it.
func (l *loader) isBlamed(p path) bool {
	for other := range l.blamed {
		if other != "" && (other.contains(p) || p.contains(other) || other == p+"_file") {
			return true
		}
	}
	return false
}

// given returns the converted value at p, and whether there is one.
func (l *loader) given(p path) (any, bool) {
	var value any = l.values
	for key := range strings.SplitSeq(string(p), separator) {
		section, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = section[key]; !ok {
			return nil, false
		}
	}
	return value, true
}
