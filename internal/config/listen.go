package config

import (
	"net"
	"net/netip"
	"strconv"
)

const (
	listenKey      path = "listen"
	adminListenKey path = "admin" + separator + "listen"
	adminTokenKey  path = "admin" + separator + "token"
)

func (l *loader) checkListeners(c *Config) {
	public, publicOK := l.checkAddress(listenKey, c.Listen)
	admin, adminOK := l.checkAddress(adminListenKey, c.Admin.Listen)
	if publicOK && adminOK && public.collides(admin) {
		l.fault(adminListenKey, "takes the same port as listen: give the operators a port of their own")
	}
	if adminOK && !admin.loopback() && c.Admin.Token.Empty() {
		at := adminListenKey
		if _, given := l.origins[adminTokenKey]; given {
			at = adminTokenKey
		}
		l.faultUnlessBlamed(at, adminTokenKey, "a token is required unless admin.listen is loopback: set admin.token, or listen on 127.0.0.1")
	}
}

// address is a host and port to listen on.
type address struct {
	host string
	port uint16
}

func (l *loader) checkAddress(p path, text string) (address, bool) {
	host, port, err := net.SplitHostPort(text)
	number, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil {
		l.fault(p, "want HOST:PORT such as 127.0.0.1:8080, or :8080 for all interfaces")
		return address{}, false
	}
	return address{host, uint16(number)}, true
}

// loopback reports whether only this machine can reach the address.
func (a address) loopback() bool {
	ip, err := netip.ParseAddr(a.host)
	return err == nil && ip.Unmap().IsLoopback() || a.host == "localhost"
}

// collides reports whether two listeners cannot have both addresses. Port 0
// is any free port.
func (a address) collides(b address) bool {
	return a.port == b.port && a.port != 0 && (a.host == b.host || a.everywhere() || b.everywhere())
}

func (a address) everywhere() bool {
	ip, err := netip.ParseAddr(a.host)
	return a.host == "" || err == nil && ip.IsUnspecified()
}
