package linewriter_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/linewriter"
)

// gate is a destination that takes a write only when it is told to.
type gate struct {
	open chan struct{}
	err  error

	mu     sync.Mutex
	text   bytes.Buffer
	groups int
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	g.groups++
	if g.err != nil {
		return 0, g.err
	}
	return g.text.Write(p)
}

func write(t *testing.T, w *linewriter.Writer, line string) {
	t.Helper()
	if n, err := w.Write([]byte(line)); n != len(line) || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// Lines that come while another is written go out together, in their order.
func TestGroups(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &gate{open: make(chan struct{})}
		w := linewriter.New(out)
		go write(t, w, "a\n")
		synctest.Wait()
		for _, line := range []string{"b\n", "c\n", "d\n"} {
			write(t, w, line)
		}
		close(out.open)
		if err := w.Close(); err != nil || out.text.String() != "a\nb\nc\nd\n" || out.groups != 2 {
			t.Errorf("%q in %d groups, %v", out.text.String(), out.groups, err)
		}
		write(t, w, "late\n")
		if err := w.Close(); err != nil || !strings.HasSuffix(out.text.String(), "d\nlate\n") {
			t.Errorf("%q, %v", out.text.String(), err)
		}
	})
}

// Who writes faster than the destination takes it waits. A line that is longer than all
// room is taken by itself.
func TestFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &gate{open: make(chan struct{})}
		w := linewriter.New(out)
		line := strings.Repeat("x", 1<<10-1) + "\n"
		const lines = 300
		taken := 0
		go write(t, w, line)
		synctest.Wait()
		all := make(chan struct{})
		go func() {
			defer close(all)
			for range lines {
				write(t, w, line)
				taken++
			}
			write(t, w, strings.Repeat("y", 100<<10))
		}()
		synctest.Wait()
		if taken == 0 || taken > 2*64 { // in each of two buffers
			t.Errorf("%d lines of 1 KB wait for a destination that takes none", taken)
		}
		close(out.open)
		<-all
		if err := w.Close(); err != nil || out.text.Len() != (1+lines+100)<<10 {
			t.Errorf("%d bytes, %v", out.text.Len(), err)
		}
	})
}

// A warning, and all before it, is written when the call returns.
func TestTroubleIsWrittenAtOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := linewriter.New(&out)
	log := zerolog.New(w)
	for i := range 100 {
		log.Info().Int("line", i).Send()
		log.WithLevel([]zerolog.Level{zerolog.WarnLevel, zerolog.ErrorLevel}[i%2]).Msg("trouble")
		if n := strings.Count(out.String(), "\n"); n != 2*(i+1) {
			t.Fatalf("%d lines are written, want %d", n, 2*(i+1))
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// An error of writing is told once: to the one who waits for the line, to the next who
// has one, or at the end.
func TestErrors(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left")
	for name, told := range map[string]func(w *linewriter.Writer) error{
		"by a warning": func(w *linewriter.Writer) error {
			_, err := w.WriteLevel(zerolog.WarnLevel, []byte("w\n"))
			return err
		},
		"by the next line": func(w *linewriter.Writer) error {
			_, err := w.Write([]byte("b\n"))
			return err
		},
		"at the end": func(w *linewriter.Writer) error { return w.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				out := &gate{open: make(chan struct{})}
				close(out.open)
				w := linewriter.New(out)
				write(t, w, "written by who has it\n")
				out.err = full
				write(t, w, "left to be written\n") // no time has passed
				synctest.Wait()
				if err := told(w); !errors.Is(err, full) {
					t.Errorf("error %v", err)
				}
				out.mu.Lock()
				out.err = nil
				out.mu.Unlock()
				synctest.Wait()
				_ = w.Close()
				write(t, w, "after\n")
			})
		})
	}
}

// While lines are few, who has one writes it, and is told how that went.
func TestFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &gate{open: make(chan struct{})}
		close(out.open)
		w := linewriter.New(out)
		for i := range 3 {
			write(t, w, "a\n")
			if out.groups != i+1 {
				t.Errorf("%d lines are written, want %d", out.groups, i+1)
			}
			time.Sleep(time.Millisecond)
		}
		out.err = io.ErrShortWrite
		if _, err := w.Write([]byte("b\n")); !errors.Is(err, out.err) {
			t.Errorf("error %v", err)
		}
		if err := w.Close(); err != nil {
			t.Errorf("it was told before: %v", err)
		}
	})
}

// Many writers at once lose no line, and the lines of each stay in order.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := linewriter.New(&out)
	const writers, lines = 8, 500
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for i := range lines {
				level := zerolog.InfoLevel
				if i%50 == 0 {
					level = zerolog.ErrorLevel
				}
				if _, err := w.WriteLevel(level, fmt.Appendf(nil, "%d %d\n", writer, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	next := [writers]int{}
	for line := range strings.Lines(out.String()) {
		var writer, i int
		if _, err := fmt.Sscanf(line, "%d %d\n", &writer, &i); err != nil || i != next[writer] {
			t.Fatalf("%q: %v, want number %d", line, err, next[writer])
		}
		next[writer]++
	}
	for writer, n := range next {
		if n != lines {
			t.Errorf("%d of the writer %d", n, writer)
		}
	}
}
