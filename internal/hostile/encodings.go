package hostile

import (
	"bytes"
	"compress/gzip"
	"net/http"
)

// encodings are bodies that ask to be unpacked. None may be.
func encodings(s sign) (cases []Case) {
	body := harmless()
	valid := post(s.of(body), body)
	for _, encoding := range []string{
		"gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "compress", "gzip, gzip", "identity, gzip", "gzip;q=1", "identity;q=0", "*", "aws-chunked", "\"identity\"", "utf-8",
	} {
		cases = append(cases, valid.with("Content-Encoding: "+encoding).expect(encoding, http.StatusUnsupportedMediaType))
	}
	for name, lines := range map[string][]string{
		"identity and gzip": {"Content-Encoding: identity", "Content-Encoding: gzip"},
		"gzip and identity": {"Content-Encoding: gzip", "Content-Encoding: identity"},
		"empty and gzip":    {"Content-Encoding:", "Content-Encoding: gzip"},
		"lower-case name":   {"content-encoding: gzip"},
	} {
		cases = append(cases, valid.with(lines...).expect(name, http.StatusUnsupportedMediaType))
	}
	bomb := gzipped(10 << 20)
	return append(cases,
		valid.with("Content-Encoding: identity").stored("identity", ""),
		post(s.of(bomb), bomb).with("Content-Encoding: gzip").expect("a bomb that says so", http.StatusUnsupportedMediaType),
		post(s.of(bomb), bomb).stored("a bomb that does not", "dead_letter"),
		post(nil, bomb).expect("an unsigned bomb", http.StatusUnauthorized),
		chunked(nil, bomb).with("Content-Encoding: gzip").expect("a bomb in chunks", http.StatusUnsupportedMediaType),
	)
}

// gzipped is a body that would unpack to size bytes.
func gzipped(size int) string {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for zeros := make([]byte, 64<<10); size > 0; size -= len(zeros) {
		_, _ = w.Write(zeros) // a bytes.Buffer takes everything
	}
	_ = w.Close()
	return packed.String()
}
