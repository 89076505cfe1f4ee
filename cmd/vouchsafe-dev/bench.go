package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

type benchCmd struct {
	N          int    `help:"How many applicants." default:"400"`
	AtOnce     int    `help:"How many are handed in at a time." default:"32"`
	Fsync      bool   `help:"Have objects reach the disk before a write is answered, as the stack does otherwise." default:"true" negatable:""`
	CPUProfile string `help:"Write a CPU profile of the pipeline's run here." type:"path"`
}

// benchResult is what make bench prints.
type benchResult struct {
	PipelinePerS float64 `json:"pipeline_per_s"` // applicants, from the API's POST to certified
	// BarePerS is workflows that run as many activities one after another, each
	// doing nothing: what somebody who writes the process down plainly would get.
	BarePerS float64 `json:"bare_per_s"`
	Ratio    float64 `json:"ratio"`
	// BareLocalPerS is the same with the activities as the pipeline has them, which
	// is mostly local ones.
	BareLocalPerS float64 `json:"bare_local_per_s"`
	RatioLocal    float64 `json:"ratio_local"`

	Applicants int     `json:"applicants"`
	AtOnce     int     `json:"at_once"`
	Each       actions `json:"each"` // what one applicant costs the engine
	Fsync      bool    `json:"fsync"`
	CPUs       int     `json:"cpus"`
	Measured   string  `json:"measured"`
}

const measured = "one process with Temporal (SQLite file), the S3 gateway on a folder, SMTP and vendors that answer at once; " +
	"applicants handed in by the HTTP API, quiz and agreement by the service that the portal calls; " +
	"bare_per_s: as many ordinary activities in sequence; bare_local_per_s: as many of the kinds that the pipeline uses; " +
	"each bare rate is the mean of a run before and a run after the pipeline, on the same server"

// run measures in a house of its own, in a folder that is removed.
func (b benchCmd) run(ctx context.Context, stdout, stderr io.Writer) error {
	home, err := os.MkdirTemp("", "vouchsafe-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	box, err := onebox.Start(ctx, onebox.Config{Home: home, FreePorts: true, Fsync: &b.Fsync})
	if err != nil {
		return err
	}
	result, err := b.measure(ctx, box, stderr)
	if err = errors.Join(err, box.Close()); err != nil {
		return err
	}
	encode := json.NewEncoder(stdout)
	encode.SetIndent("", "  ")
	return encode.Encode(result)
}

func (b benchCmd) measure(ctx context.Context, box *onebox.Box, stderr io.Writer) (benchResult, error) {
	r := benchResult{Applicants: b.N, AtOnce: b.AtOnce, Fsync: b.Fsync, CPUs: runtime.NumCPU(), Measured: measured}
	p, err := newPipeline(ctx, box)
	if err != nil {
		return r, err
	}
	fmt.Fprintln(stderr, "warming up")
	warm, err := p.run(ctx, min(b.N, 20), b.AtOnce)
	if err != nil {
		return r, err
	}
	bare, err := newBare(ctx, box.Face.Temporal)
	if err != nil {
		return r, err
	}
	defer bare.close()
	if r.Each, err = bare.count(ctx, warm.last); err != nil {
		return r, err
	}
	// The bare runs are shorter: they are steady from the start.
	n := max(b.N/4, 20)
	bares := func() (ordinary, local float64, err error) {
		fmt.Fprintln(stderr, "bare workflows")
		if ordinary, err = bare.rate(ctx, n, b.AtOnce, r.Each.ordinary()); err != nil {
			return 0, 0, err
		}
		local, err = bare.rate(ctx, n, b.AtOnce, r.Each)
		return ordinary, local, err
	}
	ordinary, local, err := bares()
	if err != nil {
		return r, err
	}
	fmt.Fprintln(stderr, "applicants")
	whole, err := b.profiled(func() (pipelineRun, error) { return p.run(ctx, b.N, b.AtOnce) })
	if err != nil {
		return r, err
	}
	ordinaryAfter, localAfter, err := bares()
	if err != nil {
		return r, err
	}
	r.PipelinePerS = float64(b.N) / whole.took.Seconds()
	r.BarePerS, r.BareLocalPerS = (ordinary+ordinaryAfter)/2, (local+localAfter)/2
	r.Ratio, r.RatioLocal = r.PipelinePerS/r.BarePerS, r.PipelinePerS/r.BareLocalPerS
	return r, nil
}

// profiled runs the pipeline under the CPU profiler, when that is asked for.
func (b benchCmd) profiled(run func() (pipelineRun, error)) (pipelineRun, error) {
	if b.CPUProfile == "" {
		return run()
	}
	f, err := os.Create(b.CPUProfile)
	if err != nil {
		return pipelineRun{}, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return pipelineRun{}, errors.Join(err, f.Close())
	}
	out, err := run()
	pprof.StopCPUProfile()
	return out, errors.Join(err, f.Close())
}

// pipeline takes clear applicants to their certificates.
type pipeline struct {
	api     *client.Client
	service *applicants.Service
	people  demo.Clear
	program program.Program
	made    int
}

func newPipeline(ctx context.Context, box *onebox.Box) (*pipeline, error) {
	p := &pipeline{api: client.New(box.Face.Web, box.Face.APIKey), service: box.Applicants()}
	notices, err := p.api.Notices(ctx, "en")
	if err != nil {
		return nil, err
	}
	p.people = demo.NewClear(notices)
	programs, err := program.Load("")
	if err != nil {
		return nil, err
	}
	id, _, _ := p.people.Application(0)
	p.program, err = programs.Get(id)
	return p, err
}

type pipelineRun struct {
	took time.Duration
	last onboarding.ApplicantID
}

// run hands n applicants in, atOnce at a time, and ends when all are certified.
// Where they stand is read from the listing, for all of them together: asking
// each one's workflow would be measured with it.
func (p *pipeline) run(ctx context.Context, n, atOnce int) (pipelineRun, error) {
	began := time.Now()
	all, ctx := errgroup.WithContext(ctx)
	first := p.made
	p.made += n
	names := map[onboarding.ApplicantID]string{}
	var mu sync.Mutex
	hand := make(chan int)
	for range atOnce {
		all.Go(func() error {
			for i := range hand {
				_, body, name := p.people.Application(i)
				created, err := p.api.Apply(ctx, body, "")
				if err != nil {
					return err
				}
				mu.Lock()
				names[onboarding.ApplicantID(created.ID)] = name
				mu.Unlock()
			}
			return nil
		})
	}
	all.Go(func() error {
		defer close(hand)
		for i := range n {
			select {
			case hand <- first + i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	var out pipelineRun
	ready := make(chan onboarding.ApplicantID, n)
	all.Go(func() error { defer close(ready); return p.watch(ctx, n, ready) })
	for range atOnce {
		all.Go(func() error {
			for id := range ready {
				mu.Lock()
				name := names[id]
				mu.Unlock()
				if err := p.finish(ctx, id, name); err != nil {
					return err
				}
				mu.Lock()
				out.last = id
				mu.Unlock()
			}
			return nil
		})
	}
	err := all.Wait()
	out.took = time.Since(began)
	return out, err
}

// between is how long it is waited before looking again.
const between = 100 * time.Millisecond

// watch tells who has come to the quiz, and ends when all are certified.
func (p *pipeline) watch(ctx context.Context, n int, ready chan<- onboarding.ApplicantID) error {
	told := map[onboarding.ApplicantID]bool{}
	for {
		page, err := p.service.List(ctx, applicants.Filter{Stage: onboarding.StageCertification, Attention: onboarding.AttentionApplicant, Limit: 500})
		if err != nil {
			return err
		}
		for _, l := range page.Items {
			if !told[l.ID] {
				told[l.ID] = true
				ready <- l.ID
			}
		}
		stages, attention, err := p.service.Counts(ctx)
		if err != nil {
			return err
		}
		if bad := attention[onboarding.AttentionOps] + attention[onboarding.AttentionReviewer]; bad > 0 {
			return fmt.Errorf("%d clear applicants wait for ops or a reviewer", bad)
		}
		if stages[onboarding.StageCertified] >= p.made {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(between):
		}
	}
}

// finish does what the program asks for: reading, a quiz, and a signature.
func (p *pipeline) finish(ctx context.Context, id onboarding.ApplicantID, name string) error {
	for _, r := range p.program.Certification.Steps() {
		if r.Course != nil {
			for _, page := range r.Course.Pages {
				if _, err := p.service.ReadPage(ctx, id, r.ID, page.ID); err != nil {
					return err
				}
			}
		}
		if quiz := r.Questions(); quiz != nil {
			answers := map[string]string{}
			for _, q := range quiz.Questions {
				answers[q.ID] = q.Answer
			}
			if _, err := p.service.HandInQuiz(ctx, id, r.ID, 1, answers); err != nil {
				return err
			}
		}
		if r.Agreement != nil {
			if err := p.service.Sign(ctx, id, r.ID, r.Agreement.Version, r.Agreement.SHA256(), name, applicants.Origin{Address: "192.0.2.7", UserAgent: "bench"}); err != nil {
				return err
			}
		}
	}
	return nil
}
