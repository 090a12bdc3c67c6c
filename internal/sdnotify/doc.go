// Package sdnotify tells the service manager that started this process how it is:
// the datagrams of sd_notify(3), to the socket that NOTIFY_SOCKET names. Without
// such a socket it says nothing, and nobody has to ask whether there is one.
package sdnotify
