package portal

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// recording is one clip as the page plays it.
type recording struct {
	ID    string
	Audio string // its address
	Form  web.Form
}

type listeningPage struct {
	Need    need
	Paper   applicants.ListeningPaper
	Clips   []recording
	Foreign bool // the calls are not in the page's language
}

// audioName is a recording's file; a program may leave its ending out.
func audioName(name string) string {
	if strings.HasSuffix(name, ".mp3") {
		return name
	}
	return name + ".mp3"
}

// checkAudio finds recordings that programs name and that are not there, so that the
// start fails and no applicant's exercise.
func checkAudio(site *web.Site, programs []program.Program) error {
	for _, pr := range programs {
		for _, step := range pr.Certification.Steps() {
			if step.Listening == nil {
				continue
			}
			for _, c := range step.Listening.Clips {
				names := []string{c.Audio}
				for _, r := range c.In {
					names = append(names, r.Audio)
				}
				for _, name := range names {
					if _, err := site.Asset(audioName(name)); err != nil {
						return fmt.Errorf("portal: the program %s, requirement %s: there is no recording %q: %w", pr.ID, step.ID, name, err)
					}
				}
			}
		}
	}
	return nil
}

// showListening plays the recordings of the attempt and asks for what they say.
func (p *Portal) showListening(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	paper, clips, ok := p.listeningPaper(w, r, v, n)
	if ok {
		p.askListening(w, r, n, paper, clips, nil)
	}
}

// listeningPaper gives the recordings; false after an answer that leads elsewhere.
func (p *Portal) listeningPaper(w http.ResponseWriter, r *http.Request, v *visit, n need) (applicants.ListeningPaper, []recording, bool) {
	paper, err := p.service.ListeningPaper(r.Context(), v.id, n.ID)
	switch {
	case err == nil:
	case onboarding.CodeOf(err) == onboarding.CodeNotNow: // between our two looks at it
		web.Redirect(w, r, certificationPath+"?about="+n.ID)
		return paper, nil, false
	default:
		p.site.Fail(w, r, err)
		return paper, nil, false
	}
	var clips []recording
	for _, c := range paper.Clips {
		address, err := p.site.Asset(audioName(n.recorded(c, web.Language(r))))
		if err != nil {
			p.site.Fail(w, r, err)
			return paper, nil, false
		}
		clip := recording{ID: c.ID, Audio: address}
		for _, f := range c.Fields {
			clip.Form = append(clip.Form, &web.Input{ID: f.Key, Label: n.asks(f), Said: true, Autocomplete: "off", Max: 200})
		}
		clips = append(clips, clip)
	}
	return paper, clips, true
}

// recorded is the recording of a clip for a language, or the English one.
func (n need) recorded(c applicants.PaperClip, language string) string {
	for _, clip := range n.Listening.Clips {
		if clip.ID == c.ID {
			audio, _ := clip.Spoken(language)
			return audio
		}
	}
	return c.Audio
}

// foreign reports whether the exercise has no recordings in a language.
func (n need) foreign(language string) bool {
	return slices.ContainsFunc(n.Listening.Clips, func(c program.Clip) bool { _, ok := c.Spoken(language); return !ok })
}

// asks is what is asked for in a field, in the page's language.
func (n need) asks(f applicants.PaperField) string {
	for _, c := range n.Listening.Clips {
		for _, said := range c.Fields {
			if c.ID+"."+said.ID == f.Key {
				return said.Label
			}
		}
	}
	return f.Label
}

func (p *Portal) askListening(w http.ResponseWriter, r *http.Request, n need, paper applicants.ListeningPaper, clips []recording, more []web.Problem) {
	for _, c := range clips {
		more = append(more, c.Form.Problems()...)
	}
	p.show(w, r, "listening", web.Page{Title: n.Title, Said: true, Back: certificationPath, Problems: more, Media: true,
		Body: listeningPage{Need: n, Paper: paper, Clips: clips, Foreign: n.foreign(web.Language(r))}})
}

// takeListening hands in what was noted down.
func (p *Portal) takeListening(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if !p.attempt(w, r, n) {
		return
	}
	paper, clips, ok := p.listeningPaper(w, r, v, n)
	if !ok {
		return
	}
	noted := map[string]string{}
	var all web.Form
	for i, c := range clips {
		if err := c.Form.Fill(r); err != nil {
			p.site.Fail(w, r, err)
			return
		}
		for _, in := range c.Form {
			if in.Value == "" {
				in.Problem = fmt.Sprintf("Call %d: write down what you heard. If you did not catch it, write what you think it was", i+1)
			}
			noted[in.ID] = in.Value
		}
		all = append(all, c.Form...)
	}
	if len(all.Problems()) > 0 {
		p.askListening(w, r, n, paper, clips, nil)
		return
	}
	_, err := p.service.HandInListening(r.Context(), v.id, n.ID, n.Line.Attempt, noted)
	switch {
	case err == nil:
		web.Redirect(w, r, n.Path+"/result")
	case all.Blame(err):
		p.askListening(w, r, n, paper, clips, nil)
	case p.tooLate(w, r, n, err):
	default:
		p.site.Fail(w, r, err)
	}
}

func plus(a, b int) int { return a + b }

// decimal writes a measured number as people do: one digit behind the point, and none
// when it is zero.
func decimal(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
