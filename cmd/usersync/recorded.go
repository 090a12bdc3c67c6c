package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

// recordedRequest is a request that was written down.
type recordedRequest struct {
	method string
	path   string
	header http.Header
	body   []byte
}

// readRecorded reads a raw request from a file: the request line, the headers,
// an empty line, and the body. A body that is longer than the headers say is
// cut, for editors end a file with a line feed.
func readRecorded(file string) (recordedRequest, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return recordedRequest{}, err
	}
	parsed, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return recordedRequest{}, fmt.Errorf("%s is no recorded request: it begins with a line such as POST /webhooks/acme HTTP/1.1, then come the headers, an empty line and the body", file)
	}
	r := recordedRequest{method: parsed.Method, path: parsed.URL.Path, header: parsed.Header}
	switch {
	case len(parsed.TransferEncoding) > 0 || parsed.ContentLength > 0:
		if r.body, err = io.ReadAll(parsed.Body); errors.Is(err, io.ErrUnexpectedEOF) {
			return recordedRequest{}, fmt.Errorf("%s: the body has fewer bytes than its headers say: record it byte for byte, as `nc -l 8080 > %s` does", file, file)
		}
		if err != nil {
			return recordedRequest{}, fmt.Errorf("%s: the body: %w", file, err)
		}
	default: // nobody wrote down how long it is
		r.body = bodyOf(raw)
	}
	return r, nil
}

// bodyOf is what stands behind the first empty line.
func bodyOf(raw []byte) []byte {
	at := len(raw)
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(raw, []byte(end)); i >= 0 && i+len(end) < at {
			at = i + len(end)
		}
	}
	return raw[at:]
}
