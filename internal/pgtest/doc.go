// Package pgtest gives tests a real Postgres. A test asks for a database and
// gets the URL of a new, empty one that nobody else sees:
//
//	url := pgtest.New(t)
//
// Nothing else is needed: no TestMain, no container engine. The databases stand
// on the server that USERSYNC_TEST_POSTGRES names (`make test` starts one for
// all packages), else on a throw-away cluster that the test binary starts for
// itself and that goes away with it, even after kill -9.
//
// A test that stops, crashes, copies or configures the server takes a cluster of its
// own with Start. The package needs a Unix.
package pgtest
