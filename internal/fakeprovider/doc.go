// Package fakeprovider answers like the APIs of the auth providers: listing,
// fetching and writing users, with their page limits, their wrong totals and
// their error bodies, and registering webhooks. Tests, the demo and benchmarks list from it
// what they could not list from a hosted service.
//
//	Population ─ Server (routes of one kind) ─ Faults ─ bytes
//
// A Population computes its users when they are asked for, so a million of them
// cost no memory, and changes while a listing runs. Each route says where its
// facts come from: "documented" is the provider's public documentation,
// "observed" was seen on the wire from the provider's own code, "a guess" was
// documented nowhere found.
//
// For a test:
//
//	api := fakeprovider.New("authon", fakeprovider.Options{Users: 1000})
//	api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Failure, Match: fakeprovider.Query("page", "7")})
//	server := httptest.NewServer(api) // lists at server.URL + api.Path() for api.Key()
//
// The package knows nothing of package providers: an error in a definition must
// not repeat itself here.
package fakeprovider
