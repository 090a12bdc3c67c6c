package providers

import (
	"context"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// What a server says that speaks no proper HTTP stands in no error: it may be the
// address that it was asked for, with its query.
func TestErrorsQuoteNoServer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(request string) string{
		"an echo":                  func(request string) string { return request },
		"a line that is no header": func(request string) string { return "HTTP/1.1 200 OK\r\n" + request },
		"an address of its own":    func(string) string { return "HTTP/1.1 302 Found\r\nLocation: https://h:x/hush\r\n\r\n" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					asked := make([]byte, 4096)
					n, _ := conn.Read(asked)
					_, _ = conn.Write([]byte(answer(string(asked[:n]))))
					conn.Close()
				}
			}()
			at := &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/keys", RawQuery: "token=hush"}
			_, keys := newJWKS(at).get(t.Context())
			c := &client{http: newHTTPClient(), auth: &apiAuth{}, limiter: rate.NewLimiter(rate.Inf, 1), timeout: time.Minute, clock: time.Now}
			_, users := c.once(context.Background(), outgoing{method: "GET", url: at})
			for _, err := range []error{keys, users} {
				if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "no HTTP") {
					t.Errorf("%v", err)
				}
			}
		})
	}
}
