package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The forms of a file with users.
const (
	formatCSV   = "csv"
	formatJSONL = "jsonl"
)

// byteOrderMark may stand at the beginning of a file.
const byteOrderMark = "\ufeff"

// pushFile is a file with users.
type pushFile struct {
	io.Closer
	reader *bufio.Reader
	format string
	hash   string // of its bytes, "" for a pipe
	count  int    // lines, about; 0 for a pipe
}

// openPushFile opens the file, or stdin.
func openPushFile(flags pushFlags, stdin io.Reader) (*pushFile, error) {
	f := &pushFile{format: flags.format, Closer: io.NopCloser(stdin), reader: bufio.NewReader(stdin)}
	if flags.file != "-" {
		file, err := os.Open(flags.file)
		if err != nil {
			return nil, fmt.Errorf("--file: %w", err)
		}
		f.Closer, f.reader = file, bufio.NewReader(file)
		if err := f.measure(file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	if start, err := f.reader.Peek(len(byteOrderMark)); err == nil && string(start) == byteOrderMark {
		_, _ = f.reader.Discard(len(byteOrderMark)) // they were peeked at
	}
	if f.format == "" {
		f.format = f.guess(flags.file)
	}
	return f, nil
}

// measure reads a file once, to know it again.
func (f *pushFile) measure(file *os.File) error {
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return err // a pipe with a name
	}
	digest := sha256.New()
	buffer := make([]byte, 64<<10)
	for {
		n, err := file.Read(buffer)
		digest.Write(buffer[:n])
		f.count += bytes.Count(buffer[:n], []byte("\n"))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("--file: %w", err)
		}
	}
	f.hash = hex.EncodeToString(digest.Sum(nil))
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	return nil
}

// guess takes the form from the name, else from the first byte.
func (f *pushFile) guess(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return formatCSV
	case ".jsonl", ".ndjson":
		return formatJSONL
	}
	if start, err := f.reader.Peek(1); err == nil && start[0] == '{' {
		return formatJSONL
	}
	return formatCSV
}

// lines returns what reads the users. Of CSV, all that is wrong with the header
// is told at once.
func (f *pushFile) lines(writable []string, typ string) (pushLines, error) {
	if f.format == formatJSONL {
		return &jsonLines{reader: f.reader}, nil
	}
	return newCSVLines(f.reader, writable, typ)
}
