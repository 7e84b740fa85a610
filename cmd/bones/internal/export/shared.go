package export

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"bones/procwalk/crash"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

const (
	// deadline is how long a collection may take: Prometheus waits for 10 s as a rule.
	deadline = 9 * time.Second
	// fresh is how long a collection answers scrapes: more of them cost nothing.
	fresh = time.Second
	// maxScrapes wait for a collection at a time: each costs little, and fewer than connections would let somebody who
	// asks all the time keep Prometheus out.
	maxScrapes = maxConnections
	// maxPages of one collection are kept: there is one for each format that somebody asked for.
	maxPages = 8
)

// errBusy is what a scraper is told that waited for too long.
var errBusy = errors.New("reading the host takes too long; bones answers the next scrape when it has finished")

// shared has one collection under way at a time, whoever asks. It implements http.Handler.
type shared struct {
	exporter *exporter
	scrapes  chan struct{} // room for those that wait
	writers  writers

	mu      sync.Mutex
	current *collection
}

// collection is what was read at one time, and the pages that were made of it.
type collection struct {
	began    time.Time
	done     chan struct{} // closed when families and err are there
	families []*dto.MetricFamily
	err      error

	mu    sync.Mutex
	pages map[string]*page
}

// page is an answer to a scraper.
type page struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newShared(e *exporter) *shared {
	return &shared{exporter: e, scrapes: make(chan struct{}, maxScrapes)}
}

// get returns the collection that is under way, one that is fresh, or else a new one. It waits for it.
func (s *shared) get(ctx context.Context) (*collection, error) {
	s.mu.Lock()
	c := s.current
	if c != nil && (!c.ended() || time.Since(c.began) < fresh) {
		s.exporter.shared.Add(1)
	} else {
		c = &collection{began: time.Now(), done: make(chan struct{}), pages: map[string]*page{}}
		s.current = c
		crash.Go(func() {
			defer close(c.done)
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			c.families, c.err = s.exporter.collect(ctx)
		})
	}
	s.mu.Unlock()
	late := time.NewTimer(time.Until(c.began.Add(deadline)))
	defer late.Stop()
	select {
	case <-c.done:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late.C:
		return nil, errBusy
	}
}

// wait gives a collection that is under way some time to end.
func (s *shared) wait(most time.Duration) (ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return true
	}
	select {
	case <-s.current.done:
		return true
	case <-time.After(most):
		return false
	}
}

func (c *collection) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// ServeHTTP answers a scraper.
func (s *shared) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "bones only answers GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	p, err := s.answer(r)
	if err != nil {
		busy(w, err)
		return
	}
	leave, ok := s.writers.enter(w)
	if !ok {
		busy(w, errors.New("too many clients read the page at the same time; try again"))
		return
	}
	defer leave()
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(p.body.Len()))
	w.WriteHeader(p.status)
	if r.Method == http.MethodGet {
		w.Write(p.body.Bytes())
	}
}

// answer waits for a collection, and makes the page that a scraper asks for.
func (s *shared) answer(r *http.Request) (*page, error) {
	select {
	case s.scrapes <- struct{}{}:
		defer func() { <-s.scrapes }()
	default:
		return nil, errors.New("too many scrapes run at the same time; try again")
	}
	ctx := r.Context()
	if seconds, err := strconv.ParseFloat(r.Header.Get("X-Prometheus-Scrape-Timeout-Seconds"), 64); err == nil &&
		seconds > 0 && seconds < 3600 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(seconds*float64(time.Second)))
		defer cancel()
	}
	c, err := s.get(ctx)
	if err != nil {
		return nil, err
	}
	return c.page(r), nil
}

func busy(w http.ResponseWriter, err error) {
	w.Header().Set("Retry-After", "10")
	http.Error(w, err.Error(), http.StatusServiceUnavailable)
}

// page makes the page of a collection in the format that a request asks for, once for all that ask for it. promhttp
// would do that too, but the package prometheus, which it needs, compiles dozens of expressions when a program starts:
// that doubled the time of every command of bones.
func (c *collection) page(r *http.Request) *page {
	format, packed := expfmt.NegotiateAccept(r.Header, expfmt.DefaultAcceptedFormats()...),
		acceptsGzip(r.Header.Get("Accept-Encoding"))
	key := fmt.Sprint(format, packed)
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.pages[key]; p != nil {
		return p
	}
	p := &page{header: http.Header{"Vary": {"Accept", "Accept-Encoding"}}, status: http.StatusOK}
	if err := p.write(c.families, format, packed); err != nil {
		p.body.Reset()
		p.header, p.status = http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, http.StatusInternalServerError
		fmt.Fprintln(&p.body, err)
	}
	if len(c.pages) < maxPages {
		c.pages[key] = p
	}
	return p
}

// write encodes the metrics. Those that are known are on the page although others are not: the exporter's own tell
// that the collection has failed.
func (p *page) write(families []*dto.MetricFamily, format expfmt.Format, packed bool) (err error) {
	p.header.Set("Content-Type", string(format))
	to := io.Writer(&p.body)
	if packed {
		p.header.Set("Content-Encoding", "gzip")
		// The page repeats itself so much that to look harder for that saves a tenth of its bytes for twice the time.
		z, _ := gzip.NewWriterLevel(&p.body, gzip.BestSpeed) // there is such a level
		defer func() { err = errors.Join(err, z.Close()) }()
		to = z
	}
	e := expfmt.NewEncoder(to, format)
	for _, f := range families {
		if err := e.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// acceptsGzip reads Accept-Encoding as far as scrapers use it.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" || name == "*" {
			return strings.ReplaceAll(q, " ", "") != "q=0"
		}
	}
	return false
}
