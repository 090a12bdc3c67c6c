// Package faultproxy stands between a program and its Postgres and does what
// networks and servers do at their worst: it refuses, swallows, resets, delays,
// and loses the answer to a commit that was applied.
//
//	proxy, err := faultproxy.Start("127.0.0.1:5432")
//	… the program connects to proxy.Addr()
//	proxy.Set(faultproxy.Blackhole)
//	proxy.Set(faultproxy.Pass)
//
// Everything may be switched while connections are open. The package needs a
// Unix, as the tests that use it do.
package faultproxy
