// Package testtools finds the programs of others that tests need, and brings
// them onto the machine when they are missing:
//
//	path, err := testtools.Here().Find(testtools.Chromium())
//
// `make test` and `make race` run the command in the folder bring first, so that
// a fresh Debian needs nothing by hand. Postgres is found by package pgtest and
// installed by pgrun, through Machine.Install.
package testtools
