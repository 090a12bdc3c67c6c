package archtest

// module is the path that the packages of the project are imported under.
const module = "usersync"

// importRule bans imports. Folders are given relative to the project's root and
// stand for all that lies below them.
type importRule struct {
	// in is the folder that the rule is about; "" is the whole project.
	in string
	// except are folders in which it does not hold.
	except []string
	// banned are import paths, with all that lies below them.
	banned []string
	// direct restricts the rule to a package's own imports; otherwise imports
	// through other packages of the project count too.
	direct bool
	reason string
}

const (
	echo = "github.com/labstack/echo"
	gorm = "gorm.io"
)

var importRules = []importRule{
	{in: "providers", banned: []string{module + "/models", gorm},
		reason: "a provider is a pure description of verify, unpack and map; storage is not its business"},
	{in: "providers", banned: []string{module + "/handlers", echo},
		reason: "providers judge bytes and headers, so that a spooled or replayed delivery needs no HTTP request"},
	{in: "models", banned: []string{module + "/providers"},
		reason: "the store saves states and knows nothing of who sent them"},
	{in: "models", banned: []string{module + "/handlers", echo},
		reason: "the store is used by commands and workers too, which have no HTTP request"},
	{in: "handlers", banned: []string{module + "/models", gorm},
		reason: "handlers turn HTTP into calls of the interfaces that they declare; SQL stays exchangeable behind them"},
	{in: "internal/spool", banned: []string{module + "/models", module + "/providers", module + "/handlers", gorm, echo},
		reason: "the spool keeps bytes for while everything else is away, and depends on nothing of it"},
	{in: "internal/script", banned: []string{module + "/models", module + "/providers", module + "/handlers", module + "/sync", gorm, echo},
		reason: "a worker runs what a script says and knows nothing of what it is for"},
	{except: []string{"internal/script"}, banned: []string{"github.com/dop251/goja"}, direct: true,
		reason: "scripts run in a process of their own; an engine elsewhere would run in the daemon"},
	{except: []string{"handlers", "bench"}, banned: []string{echo}, direct: true,
		reason: "the web framework stays replaceable while one package knows it"},
	{except: []string{"models", "bench"}, banned: []string{gorm}, direct: true,
		reason: "the database layer stays replaceable while one package knows it"},
	{except: []string{"internal/pgtest", "bench"}, banned: []string{module + "/internal/pgtest"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/pgtest", "internal/faultproxy"}, banned: []string{module + "/internal/holdport"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/faultproxy"}, banned: []string{module + "/internal/faultproxy"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/promtest"}, banned: []string{module + "/internal/logtest"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/browsertest"}, banned: []string{module + "/internal/browsertest"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/storetest"}, banned: []string{module + "/internal/storetest"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/millions", "bench"}, banned: []string{module + "/internal/millions"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/spooltest"}, banned: []string{module + "/internal/spooltest"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/apitest"}, banned: []string{module + "/internal/apitest"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/promtest"}, banned: []string{module + "/internal/promtest"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
	{except: []string{"internal/testtools", "internal/pgtest", "internal/promtest", "internal/browsertest"}, banned: []string{module + "/internal/testtools"}, direct: true,
		reason: "test support does not ship in the program; import it from _test.go files"},
}

// pure are folders that import the standard library only.
var pure = map[string]string{
	"sync": "the merge is the part that must be right: it is tested, read and reused without anything else",
}

// roots are the only folders in which both sides of a pair may meet.
var roots = []struct {
	left, right string
	in          []string
	reason      string
}{
	{"handlers", "models", []string{"cmd", "bench"}, "the program is put together in one place; elsewhere HTTP and SQL meet through an interface"},
}

// vagueNames say nothing about what a package is for, so everything ends in it.
var vagueNames = []string{"util", "utils", "common", "types", "manager", "managers", "helper", "helpers", "base", "misc"}

// allowedBlank are the blank imports that have a reason, by path and folder.
var allowedBlank = []struct {
	path, in, reason string
}{
	{"embed", "", "go:embed into a string or bytes demands it; it has no effect of its own"},
	{"modernc.org/sqlite", "models", "database/sql knows drivers only by registration"},
	{"github.com/jackc/pgx/v5/stdlib", "models", "database/sql knows drivers only by registration"},
	{"time/tzdata", "cmd", "the container image has no time zones"},
}

// The lengths of files in lines: short ones are read, long ones are searched.
const (
	medianLines      = 140
	percentile90     = 450
	fewestToMeasure  = 10
	reasonFileLength = "a file is one thought that fits in the head: split by what changes together"
)

const (
	reasonInit  = "what happens before main is invisible and cannot fail politely: call a function where it is needed"
	reasonBlank = "a side effect at import is a hidden registry; allow it in internal/archtest/rules.go with a reason, or call the package"
	reasonNamed = "a provider is a definition and its test data: what Go knows of one by name, the next one lacks"
	reasonName  = "the name says nothing about what belongs here, so everything will: name the package after what it provides"
)
