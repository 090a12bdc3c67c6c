package action

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"usersync/internal/outbound"
	usersync "usersync/sync"
)

// enough is how much of an answer is read, so that its connection can be used again.
const enough = 64 << 10

// refusal is why a message was not taken.
type refusal struct {
	text  string
	after time.Duration
	gone  bool
}

func (r *refusal) Error() string { return r.text }

// RetryAfter is how long the receiver wants to be left alone, 0 if it does not say.
func (r *refusal) RetryAfter() time.Duration { return r.after }

// Gone reports whether the receiver wants no more.
func (r *refusal) Gone() bool { return r.gone }

// newClient follows no redirect: where the message goes stands in the configuration.
func newClient() *http.Client {
	return &http.Client{
		Transport:     http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Post sends a message once. Each try is signed anew, with the time of the try and the
// id of the message. Errors name the host, and nothing else of the address.
func (a *Action) Post(ctx context.Context, m *usersync.Message) error {
	limited, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodPost, a.url.String(), bytes.NewReader(m.Body))
	if err != nil {
		return a.failed("the address cannot be asked for")
	}
	request.Header.Set("User-Agent", "usersync")
	for name, value := range a.Headers {
		request.Header.Set(name, value)
	}
	seconds := strconv.FormatInt(a.clock().Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Webhook-Id", m.ID)
	request.Header.Set("Webhook-Timestamp", seconds)
	request.Header.Set("Webhook-Signature", sign(a.key, m.ID, seconds, m.Body))
	response, err := a.client.Do(request)
	if err != nil {
		return a.noAnswer(limited, err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, enough)) // the status has said it all
	return a.judge(response)
}

func (a *Action) failed(format string, arguments ...any) error {
	return &refusal{text: a.Host() + ": " + fmt.Sprintf(format, arguments...)}
}

// noAnswer is the error of a request that was not answered, without the address that
// the HTTP client puts into it.
func (a *Action) noAnswer(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return a.failed("no answer within %v", a.Timeout)
	}
	return a.failed("%v", outbound.Fault(err))
}

// judge says why an answer is none that takes the message.
func (a *Action) judge(response *http.Response) error {
	r := &refusal{text: fmt.Sprintf("%s: status %d", a.Host(), response.StatusCode), after: outbound.RetryAfter(response.Header, a.clock())}
	switch {
	case response.StatusCode/100 == 2:
		return nil
	case response.StatusCode == http.StatusGone:
		r.gone = true
		r.text += ", which says that nothing is wanted there any more"
	case response.StatusCode/100 == 3:
		r.text += ": redirects are not followed, write the final address into url"
	}
	return r
}
