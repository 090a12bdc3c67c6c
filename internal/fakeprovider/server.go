package fakeprovider

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server is the API of one provider, for its users and its webhooks, an
// http.Handler.
type Server struct {
	kind    kind
	options Options
	users   *Population
	now     func() time.Time
	mux     *http.ServeMux
	counter *counter
	limiter *limiter

	mu       sync.Mutex
	troubles []*Injected

	creating sync.Mutex        // looking for a name and taking it are one step
	created  map[string]string // AuthPI's idempotency keys, with the ids they made

	hooks hookBook
}

// New makes the API of a provider type: one of Kinds. Another is a mistake of
// the program, not of its input, and panics.
func New(name string, options Options) *Server {
	api, known := kinds()[name]
	if !known {
		panic(fmt.Sprintf("fakeprovider: no kind %q, but %s", name, strings.Join(Kinds(), ", ")))
	}
	if options.Path == "" {
		options.Path = api.path
	}
	if options.Key == "" {
		options.Key = api.key
	}
	if options.MaxPage <= 0 {
		options.MaxPage = defaultMaxPage
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Population == nil {
		options.Population = NewPopulation(options.Users, options.Now)
	}
	s := &Server{
		kind:    api,
		options: options,
		users:   options.Population,
		now:     options.Now,
		mux:     http.NewServeMux(),
		counter: newCounter(),
		limiter: &limiter{perSecond: options.Rate},
		created: map[string]string{},
	}
	for _, e := range api.endpoints {
		method, rest, _ := strings.Cut(e.pattern, " ")
		s.route(method+" "+options.Path+rest, e)
	}
	for _, e := range api.absolute {
		s.route(e.pattern, e)
	}
	s.route("/", endpoint{route: Unknown, handle: notFound})
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Users is the population that is served.
func (s *Server) Users() *Population { return s.users }

// Path is where the users stand.
func (s *Server) Path() string { return s.options.Path }

// Key is the credential that the server takes.
func (s *Server) Key() string { return s.options.Key }

// SetRate changes how many requests pass in a second; 0 lets all pass.
func (s *Server) SetRate(perSecond int) { s.limiter.set(perSecond) }

func (s *Server) route(pattern string, e endpoint) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, e) })
}

// refuse answers with an error of the kind.
func (s *Server) refuse(status int, message string) answer { return s.kind.refuse(status, message) }

func notFound(s *Server, _ *http.Request) answer {
	return s.refuse(http.StatusNotFound, "Not Found")
}
