package fakeprovider

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// authonProHookCreate shows the secret once, in the envelope (documented; the
// members' names are a guess).
func authonProHookCreate(s *Server, r *http.Request) answer {
	body, err := readFields(r)
	if err != nil {
		return envelope(http.StatusBadRequest, err.Error())
	}
	hook, err := body.target()
	if err != nil {
		return envelope(http.StatusBadRequest, err.Error())
	}
	hook.Secret = freshSecret("whsec_")
	hook = s.hooks.add(hook)
	o := object(nil).open().flag("success", true)
	return created(append(o.key("data"), object(nil).hook(hook).text("secret", hook.Secret).close()...).close())
}

func authonProHookList(s *Server, _ *http.Request) answer {
	return ok(object(nil).open().flag("success", true).hookArray("data", s.hooks.list(), "active").close())
}

func authonProHookRemove(s *Server, r *http.Request) answer {
	if !s.hooks.remove(r.PathValue("id")) {
		return envelope(http.StatusNotFound, "Webhook not found")
	}
	return ok(object(nil).open().flag("success", true).close())
}

// authonProHookTest posts the test event to the webhook (documented; what it
// answers is a guess). It posts to this machine only: no test shall reach
// another one.
func authonProHookTest(s *Server, r *http.Request) answer {
	hook, known := s.hooks.find(r.PathValue("id"))
	if !known {
		return envelope(http.StatusNotFound, "Webhook not found")
	}
	status, err := ping(r.Context(), hook, s.now())
	if err != nil {
		return envelope(http.StatusBadGateway, err.Error())
	}
	o := object(nil).open().flag("success", true)
	o = append(o.key("data"), '{')
	return ok(o.flag("delivered", status >= 200 && status <= 299).number("status", status).close().close())
}

// pingTimeout is the sender's own (documented).
const pingTimeout = 10 * time.Second

// ping posts the test event, with the headers and the body of its documentation.
func ping(ctx context.Context, hook Hook, now time.Time) (status int, err error) {
	u, err := url.Parse(hook.URL)
	if err != nil {
		return 0, errors.New("the webhook has no address")
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return 0, errors.New("only addresses of the loopback interface are tested here")
	}
	o := object(nil).open().text("event", "test").time("timestamp", now)
	o = append(o.key("data"), '{')
	o = o.text("message", "This is a test ping from Authon").text("appId", "app_demo").text("webhookId", hook.ID).close().close()
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(o))
	if err != nil {
		return 0, err
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-Webhook-Secret": hook.Secret, "X-Webhook-Event": "test", "User-Agent": "Authon-Webhook/1.0",
	} {
		request.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return 0, errors.New("the webhook does not answer")
	}
	return response.StatusCode, response.Body.Close()
}
