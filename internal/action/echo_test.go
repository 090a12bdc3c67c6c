package action

import (
	"context"
	"net"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// What a receiver says that speaks no proper HTTP stands in no error: it may be what
// we sent, and the path of the address may be secret.
func TestErrorsQuoteNoReceiver(t *testing.T) {
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
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				asked := make([]byte, 4096)
				n, _ := conn.Read(asked)
				_, _ = conn.Write([]byte(answer(string(asked[:n]))))
			}()
			a := declared(t, Declaration{URL: "http://" + listener.Addr().String() + "/hush"})
			err = a.Post(context.Background(), &usersync.Message{ID: "msg_1", Body: []byte("{}")})
			if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "no HTTP") {
				t.Errorf("%v", err)
			}
		})
	}
}
